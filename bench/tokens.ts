/** Signing and verifying JWTs with strict claims, beside fast-jwt (cache off), jose, jsonwebtoken and raw node:crypto. */

import { createHmac, createPrivateKey, createPublicKey, createSecretKey, randomUUID, sign, verify } from 'node:crypto'
import type { JsonWebKey, KeyObject } from 'node:crypto'
import { exportPrivateJwk, exportPublicJwk, generateKey, parseJwk, signJwt, verifyJwt } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'
import { createSigner, createVerifier } from 'fast-jwt'
import type { Algorithm as FastJwtAlgorithm } from 'fast-jwt'
import { jwtVerify, SignJWT } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { compare } from './measure.ts'
import type { Contestant, Goal } from './measure.ts'

const issuer = 'https://auth.example'
const audience = 'https://api.example'
/** Distinct tokens in turn, so that nothing that remembers a token gains by it. */
const distinct = 4096

type BenchAlgorithm = 'HS256' | 'ES256' | 'Ed25519' | 'RS256'

const goals: Readonly<Record<BenchAlgorithm, { readonly sign: readonly Goal[]; readonly verify: readonly Goal[] }>> = {
  HS256: { sign: [{ against: 'fast-jwt', atLeast: 1.5 }], verify: [{ against: 'fast-jwt', atLeast: 2 }] },
  ES256: {
    sign: [{ against: 'raw node:crypto', atLeast: 0.85 }],
    verify: [{ against: 'raw node:crypto', atLeast: 0.95 }],
  },
  Ed25519: { sign: [], verify: [{ against: 'raw node:crypto', atLeast: 0.95 }] },
  RS256: { sign: [], verify: [{ against: 'raw node:crypto', atLeast: 0.85 }] },
}

export async function bench(): Promise<readonly string[]> {
  const missed: string[] = []
  for (const alg of ['HS256', 'ES256', 'Ed25519', 'RS256'] as const) {
    const keys = await makeKeys(alg)
    missed.push(...(await compare({ title: `sign ${alg}`, contestants: signers(keys), goals: goals[alg].sign })))
    const verifying = { title: `verify ${alg}, strict claims, distinct tokens`, contestants: verifiers(keys) }
    missed.push(...(await compare({ ...verifying, goals: goals[alg].verify })))
  }
  return missed
}

interface Keys {
  readonly alg: BenchAlgorithm
  /** The name that libraries older than RFC 9864 know. */
  readonly oldAlg: 'HS256' | 'ES256' | 'EdDSA' | 'RS256'
  readonly key: Key
  readonly publicKey: Key
  readonly native: KeyObject
  readonly nativePublic: KeyObject
  /** As fast-jwt and jsonwebtoken take them. */
  readonly pem: { readonly private: string | Buffer; readonly public: string | Buffer }
}

async function makeKeys(alg: BenchAlgorithm): Promise<Keys> {
  const key = await generateKey(alg)
  const oldAlg = alg === 'Ed25519' ? 'EdDSA' : alg
  const jwk = exportPrivateJwk(key)
  if (alg === 'HS256') {
    const native = createSecretKey(Buffer.from(String(jwk['k']), 'base64url'))
    const bytes = native.export()
    return { alg, oldAlg, key, publicKey: key, native, nativePublic: native, pem: { private: bytes, public: bytes } }
  }
  const native = createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' })
  const nativePublic = createPublicKey(native)
  return {
    alg,
    oldAlg,
    key,
    publicKey: parseJwk(exportPublicJwk(key)),
    native,
    nativePublic,
    pem: {
      private: native.export({ type: 'pkcs8', format: 'pem' }),
      public: nativePublic.export({ type: 'spki', format: 'pem' }),
    },
  }
}

function claimsOf(index: number): { readonly [name: string]: unknown; readonly jti: string } {
  const now = Math.floor(Date.now() / 1000)
  return {
    iss: issuer,
    sub: '5d1a9c1e-3a0e-4a2c-9a53-0d0b6d1f8c77',
    aud: audience,
    client_id: 'countersign-cli',
    iat: now,
    exp: now + 3600,
    jti: `${randomUUID()}-${index}`,
    scope: 'read pay',
  }
}

function signers({ alg, oldAlg, key, native, pem }: Keys): readonly Contestant[] {
  const claims = Array.from({ length: distinct }, (_, index) => claimsOf(index))
  const at = (index: number): (typeof claims)[number] => claims[index % distinct] ?? claimsOf(index)
  const fast = createSigner({ key: pem.private, algorithm: oldAlg as FastJwtAlgorithm })
  const inputs = claims.map((one) => Buffer.from(signJwt(one, key).split('.').slice(0, 2).join('.')))
  const input = (index: number): Buffer => inputs[index % distinct] ?? Buffer.alloc(0)
  return [
    { name: 'countersign', run: (index) => signJwt(at(index), key, { typ: 'at+jwt' }) },
    { name: 'fast-jwt', run: (index) => fast(at(index)) },
    {
      name: 'jose',
      awaits: true,
      run: (index) => new SignJWT(at(index)).setProtectedHeader({ alg, typ: 'at+jwt' }).sign(native),
    },
    ...(alg === 'Ed25519'
      ? []
      : [
          {
            name: 'jsonwebtoken',
            run: (index: number) => jsonwebtoken.sign({ ...at(index) }, native, { algorithm: alg }),
          },
        ]),
    { name: 'raw node:crypto', run: (index) => rawSign(alg, input(index), native) },
    ...(alg === 'ES256' ? [{ name: rawDer, run: (index: number) => sign('sha256', input(index), native) }] : []),
  ]
}

function verifiers({ alg, oldAlg, key, publicKey, native, nativePublic, pem }: Keys): readonly Contestant[] {
  const tokens = Array.from({ length: distinct }, (_, index) => signJwt(claimsOf(index), key, { typ: 'at+jwt' }))
  // Signed as the older name, by fast-jwt itself: it does not know "Ed25519".
  const sign = createSigner({ key: pem.private, algorithm: oldAlg as FastJwtAlgorithm })
  const oldTokens = Array.from({ length: distinct }, (_, index) => sign(claimsOf(index)))
  const at = (index: number): string => tokens[index % distinct] ?? ''
  const oldAt = (index: number): string => oldTokens[index % distinct] ?? ''
  const parts = tokens.map((token) => {
    const dot = token.lastIndexOf('.')
    return { input: Buffer.from(token.slice(0, dot)), signature: Buffer.from(token.slice(dot + 1), 'base64url') }
  })
  const fast = createVerifier({
    key: pem.public,
    algorithms: [oldAlg as FastJwtAlgorithm],
    allowedIss: issuer,
    allowedAud: audience,
    requiredClaims: ['exp', 'iat', 'sub', 'jti', 'client_id'],
    cache: false,
  })
  const now = Math.floor(Date.now() / 1000)
  const requiredClaims = ['iat', 'sub', 'jti', 'client_id']
  return [
    {
      name: 'countersign',
      run: (index) => verifyJwt(at(index), publicKey, { issuer, audience, typ: 'at+jwt', now, requiredClaims }),
    },
    { name: 'fast-jwt', run: (index) => fast(oldAt(index)) as unknown },
    {
      name: 'jose',
      awaits: true,
      run: (index) =>
        jwtVerify(at(index), nativePublic, { issuer, audience, typ: 'at+jwt', algorithms: [alg], requiredClaims }),
    },
    ...(alg === 'Ed25519'
      ? []
      : [
          {
            name: 'jsonwebtoken',
            run: (index: number) =>
              jsonwebtoken.verify(at(index), nativePublic, { algorithms: [alg], issuer, audience }),
          },
        ]),
    {
      name: 'raw node:crypto',
      run: (index) => {
        const part = parts[index % distinct]
        if (part !== undefined) rawVerify(alg, part.input, part.signature, nativePublic)
      },
    },
    ...(alg === 'ES256' ? [rawDerVerifier(parts, native, nativePublic)] : []),
  ]
}

/** The faster form of ECDSA, which no JWS has: asking for the form of JWS costs node:crypto a second look at the key. */
const rawDer = 'raw, DER signatures'

function rawDerVerifier(
  parts: readonly { readonly input: Buffer }[],
  key: KeyObject,
  publicKey: KeyObject,
): Contestant {
  const signed = parts.map(({ input }) => ({ input, signature: sign('sha256', input, key) }))
  return {
    name: rawDer,
    run: (index) => {
      const part = signed[index % distinct]
      if (part !== undefined && !verify('sha256', part.input, publicKey, part.signature)) throw new Error('wrong')
    },
  }
}

function rawSign(alg: BenchAlgorithm, input: Buffer, key: KeyObject): Buffer {
  if (alg === 'HS256') return createHmac('sha256', key).update(input).digest()
  return sign(alg === 'Ed25519' ? null : 'sha256', input, alg === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' } : key)
}

function rawVerify(alg: BenchAlgorithm, input: Buffer, signature: Buffer, key: KeyObject): void {
  const holds =
    alg === 'HS256'
      ? createHmac('sha256', key).update(input).digest().equals(signature)
      : verify(
          alg === 'Ed25519' ? null : 'sha256',
          input,
          alg === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' } : key,
          signature,
        )
  if (!holds) throw new Error('the raw verification failed')
}
