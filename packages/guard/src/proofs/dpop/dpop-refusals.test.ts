/** What is no DPoP proof for this request, and why: each with a code of its own, at the guard, for a token that is good. */

import { generateKeyPairSync } from 'node:crypto'
import { exportPrivateJwk, exportPublicJwk, generateKey, secretKey } from '@countersign/tokens'
import { describe, expect, test } from 'vitest'
import type { GuardErrorCode } from '../../guard-error.ts'
import { makeKey, mintAccessToken, noon, setUpGuard } from '../../guard.fixture.ts'
import type { GuardRequest } from '../../guard-request.ts'
import { memoryReplayStore } from '../../replay/memory-replay-store.ts'
import { proofMaker } from './dpop.fixture.ts'

const [issuerKey, client, other, edwards] = await Promise.all([
  makeKey('k1'),
  proofMaker(),
  proofMaker(),
  proofMaker('Ed25519'),
])
const { makeProof, jwk, key } = client
const token = mintAccessToken(issuerKey, { cnf: { jkt: client.jkt } })
const good = (): string => makeProof({ accessToken: token })
const rsa = await generateKey('RS256')
const p384 = await generateKey('ES384')
const secret = secretKey('HS256', Buffer.alloc(32, 7))
const weakRsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })

const withHeader = (header: Readonly<Record<string, unknown>>): string => makeProof({ header, accessToken: token })
const withClaims = (claims: Readonly<Record<string, unknown>>): string => makeProof({ claims, accessToken: token })
const withJwk = (changes: Readonly<Record<string, unknown>>): string => withHeader({ jwk: { ...jwk, ...changes } })
const parts = (proof: string): [string, string, string] => proof.split('.') as [string, string, string]
const flip = (text: string, at: number): string =>
  text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
const encode = (text: string): string => Buffer.from(text).toString('base64url')

function setUp() {
  let now = noon - 1000
  const replay = memoryReplayStore({ clock: () => now })
  now = noon
  return setUpGuard(issuerKey, { origin: 'https://api.example', replay, dpopNonce: 'off' }).guard
}

function request(proofs: readonly string[], changes: Partial<GuardRequest> = {}): GuardRequest {
  const dpop = proofs.flatMap((proof) => ['DPoP', proof])
  return { method: 'GET', url: '/', rawHeaders: ['Authorization', `DPoP ${token}`, ...dpop], ...changes }
}

const refusals: readonly {
  readonly name: string
  readonly proofs: () => readonly string[]
  readonly code: GuardErrorCode
  readonly request?: Partial<GuardRequest>
}[] = [
  // Missing and duplicated.
  { name: 'no proof', proofs: () => [], code: 'dpop_proof_required' },
  { name: 'the same proof twice', proofs: () => Array(2).fill(good()), code: 'dpop_proof_duplicated' },
  { name: 'a good proof, then another', proofs: () => [good(), 'x'], code: 'dpop_proof_duplicated' },
  { name: 'another, then a good proof', proofs: () => ['', good()], code: 'dpop_proof_duplicated' },
  { name: 'two proofs in one header', proofs: () => [`${good()}, ${good()}`], code: 'dpop_proof_duplicated' },
  // Malformed.
  { name: 'an empty proof', proofs: () => [''], code: 'dpop_proof_malformed' },
  { name: 'no JWS', proofs: () => ['proof'], code: 'dpop_proof_malformed' },
  { name: 'a JWS cut in its payload', proofs: () => [good().slice(0, 300)], code: 'dpop_proof_malformed' },
  {
    name: 'a JWS without a signature',
    proofs: () => [`${parts(good()).slice(0, 2).join('.')}.`],
    code: 'dpop_proof_malformed',
  },
  { name: 'a JWS of four parts', proofs: () => [`${good()}.AAAA`], code: 'dpop_proof_malformed' },
  { name: 'a JWE', proofs: () => [`${good()}.AAAA.AAAA`], code: 'dpop_proof_malformed' },
  {
    name: 'a JWS in JSON',
    proofs: () => [JSON.stringify({ payload: parts(good())[1] })],
    code: 'dpop_proof_malformed',
  },
  { name: 'a quoted proof', proofs: () => [`"${good()}"`], code: 'dpop_proof_malformed' },
  { name: 'a padded proof', proofs: () => [`${good()}=`], code: 'dpop_proof_malformed' },
  { name: 'a proof with a space', proofs: () => [`${good()} `], code: 'dpop_proof_malformed' },
  {
    name: 'parts in another order',
    proofs: () => [parts(good()).toReversed().join('.')],
    code: 'dpop_proof_malformed',
  },
  {
    name: 'a header that is no JSON',
    proofs: () => [makeProof({ headerText: 'typ=dpop+jwt' })],
    code: 'dpop_proof_malformed',
  },
  { name: 'a header that is a list', proofs: () => [makeProof({ headerText: '[]' })], code: 'dpop_proof_malformed' },
  {
    name: 'a member of the header twice',
    proofs: () => [
      makeProof({ headerText: `{"typ":"JWT","typ":"dpop+jwt","alg":"ES256","jwk":${JSON.stringify(jwk)}}` }),
    ],
    code: 'dpop_proof_malformed',
  },
  { name: 'a payload that is no JSON', proofs: () => [makeProof({ payloadText: 'x' })], code: 'dpop_proof_malformed' },
  { name: 'a payload that is a text', proofs: () => [makeProof({ payloadText: '"x"' })], code: 'dpop_proof_malformed' },
  {
    name: 'a claim twice',
    proofs: () => [makeProof({ payloadText: `{"jti":"a","jti":"b"}` })],
    code: 'dpop_proof_malformed',
  },
  {
    name: 'a payload with a byte order mark',
    proofs: () => [makeProof({ payloadText: '\ufeff{}' })],
    code: 'dpop_proof_malformed',
  },
  { name: 'a proof of 9 KiB', proofs: () => [withClaims({ note: 'x'.repeat(9000) })], code: 'dpop_proof_too_large' },
  // The header.
  { name: 'no type', proofs: () => [withHeader({ typ: undefined })], code: 'dpop_type_mismatch' },
  { name: 'the type of other JWTs', proofs: () => [withHeader({ typ: 'JWT' })], code: 'dpop_type_mismatch' },
  { name: 'the type in other letters', proofs: () => [withHeader({ typ: 'DPoP+JWT' })], code: 'dpop_type_mismatch' },
  { name: 'a type that is a list', proofs: () => [withHeader({ typ: ['dpop+jwt'] })], code: 'dpop_type_mismatch' },
  { name: 'the access token in place of the proof', proofs: () => [token], code: 'dpop_type_mismatch' },
  { name: 'no algorithm', proofs: () => [withHeader({ alg: undefined })], code: 'dpop_algorithm_refused' },
  { name: 'the algorithm "none"', proofs: () => [withHeader({ alg: 'none' })], code: 'dpop_algorithm_refused' },
  {
    name: 'an algorithm in other letters',
    proofs: () => [withHeader({ alg: 'es256' })],
    code: 'dpop_algorithm_refused',
  },
  { name: 'an algorithm that is a number', proofs: () => [withHeader({ alg: 256 })], code: 'dpop_algorithm_refused' },
  {
    name: 'a symmetric algorithm',
    proofs: () => [makeProof({ header: { alg: 'HS256', jwk: exportPrivateJwk(secret) }, signer: secret })],
    code: 'dpop_algorithm_refused',
  },
  {
    name: 'RSA, which is not taken',
    proofs: () => [makeProof({ header: { alg: 'RS256', jwk: exportPublicJwk(rsa) }, signer: rsa })],
    code: 'dpop_algorithm_refused',
  },
  {
    name: 'another curve, which is not taken',
    proofs: () => [makeProof({ header: { alg: 'ES384', jwk: exportPublicJwk(p384) }, signer: p384 })],
    code: 'dpop_algorithm_refused',
  },
  { name: 'no key', proofs: () => [withHeader({ jwk: undefined })], code: 'dpop_key_refused' },
  { name: 'a key of null', proofs: () => [withHeader({ jwk: null })], code: 'dpop_key_refused' },
  { name: 'a key as a text', proofs: () => [withHeader({ jwk: JSON.stringify(jwk) })], code: 'dpop_key_refused' },
  { name: 'a list of keys', proofs: () => [withHeader({ jwk: [jwk] })], code: 'dpop_key_refused' },
  { name: 'a private key', proofs: () => [withHeader({ jwk: exportPrivateJwk(key) })], code: 'dpop_key_refused' },
  { name: 'a private member of null', proofs: () => [withJwk({ d: null })], code: 'dpop_key_refused' },
  { name: 'a member of another type’s private key', proofs: () => [withJwk({ qi: 'AQ' })], code: 'dpop_key_refused' },
  {
    name: 'a symmetric key',
    proofs: () => [withHeader({ jwk: { kty: 'oct', k: 'A'.repeat(43) } })],
    code: 'dpop_key_refused',
  },
  {
    name: 'a symmetric key without its bytes',
    proofs: () => [withHeader({ jwk: { kty: 'oct' } })],
    code: 'dpop_key_refused',
  },
  {
    name: 'a key of another type than the algorithm’s',
    proofs: () => [withHeader({ jwk: edwards.jwk })],
    code: 'dpop_key_refused',
  },
  { name: 'a weak RSA key', proofs: () => [withHeader({ jwk: weakRsa })], code: 'dpop_key_refused' },
  {
    name: 'a key on another curve',
    proofs: () => [withHeader({ jwk: exportPublicJwk(p384) })],
    code: 'dpop_key_refused',
  },
  { name: 'a point off the curve', proofs: () => [withJwk({ y: jwk['x'] })], code: 'dpop_key_refused' },
  { name: 'half a point', proofs: () => [withJwk({ y: undefined })], code: 'dpop_key_refused' },
  {
    name: 'a coordinate that is padded',
    proofs: () => [withJwk({ x: `${String(jwk['x'])}=` })],
    code: 'dpop_key_refused',
  },
  { name: 'a key for another algorithm', proofs: () => [withJwk({ alg: 'ES512' })], code: 'dpop_key_refused' },
  { name: 'a key for encryption', proofs: () => [withJwk({ use: 'enc' })], code: 'dpop_key_refused' },
  { name: 'a key that may not verify', proofs: () => [withJwk({ key_ops: ['sign'] })], code: 'dpop_key_refused' },
  {
    name: 'a point of small order',
    proofs: () => [
      withHeader({ alg: 'EdDSA', jwk: { kty: 'OKP', crv: 'Ed25519', x: encode(`\x01${'\0'.repeat(31)}`) } }),
    ],
    code: 'dpop_key_refused',
  },
  { name: 'a key ID besides the key', proofs: () => [withHeader({ kid: 'k1' })], code: 'dpop_header_refused' },
  {
    name: 'a link to keys besides the key',
    proofs: () => [withHeader({ jku: 'https://evil.example/jwks' })],
    code: 'dpop_header_refused',
  },
  { name: 'a certificate besides the key', proofs: () => [withHeader({ x5c: ['MIIB'] })], code: 'dpop_header_refused' },
  {
    name: 'a link to a certificate',
    proofs: () => [withHeader({ x5u: 'https://evil.example/' })],
    code: 'dpop_header_refused',
  },
  { name: 'an extension', proofs: () => [withHeader({ crit: ['exp'], exp: 1 })], code: 'dpop_header_refused' },
  {
    name: 'a payload that is not encoded',
    proofs: () => [withHeader({ b64: false, crit: ['b64'] })],
    code: 'dpop_header_refused',
  },
  // The signature.
  {
    name: 'another’s signature',
    proofs: () => [makeProof({ signer: other.key, accessToken: token })],
    code: 'dpop_signature_invalid',
  },
  { name: 'a signature cut short', proofs: () => [good().slice(0, -4)], code: 'dpop_signature_invalid' },
  {
    name: 'a signature of another proof',
    proofs: () => [[...parts(good()).slice(0, 2), parts(good())[2]].join('.')],
    code: 'dpop_signature_invalid',
  },
  {
    name: 'a signature of zeros',
    proofs: () => [[...parts(good()).slice(0, 2), 'A'.repeat(86)].join('.')],
    code: 'dpop_signature_invalid',
  },
  {
    name: 'a bit flipped in the signature',
    proofs: () => [flip(good(), good().length - 10)],
    code: 'dpop_signature_invalid',
  },
  {
    name: 'a signature spelt otherwise',
    proofs: () => [good().replace(/.$/, (last) => String.fromCharCode(last.charCodeAt(0) + 1))],
    code: 'dpop_signature_invalid',
  },
  {
    name: 'a signature in DER',
    proofs: () => [[...parts(good()).slice(0, 2), encode('0'.repeat(70))].join('.')],
    code: 'dpop_signature_invalid',
  },
  // The claims.
  { name: 'no "jti"', proofs: () => [withClaims({ jti: undefined })], code: 'dpop_claim_missing' },
  { name: 'no "htm"', proofs: () => [withClaims({ htm: undefined })], code: 'dpop_claim_missing' },
  { name: 'no "htu"', proofs: () => [withClaims({ htu: undefined })], code: 'dpop_claim_missing' },
  { name: 'no "iat"', proofs: () => [withClaims({ iat: undefined })], code: 'dpop_claim_missing' },
  { name: 'no "ath"', proofs: () => [makeProof()], code: 'dpop_claim_missing' },
  { name: 'no claims at all', proofs: () => [makeProof({ payloadText: '{}' })], code: 'dpop_claim_missing' },
  { name: 'an empty "jti"', proofs: () => [withClaims({ jti: '' })], code: 'dpop_claim_invalid' },
  { name: 'a "jti" that is a number', proofs: () => [withClaims({ jti: 1 })], code: 'dpop_claim_invalid' },
  { name: 'a "jti" of 300 letters', proofs: () => [withClaims({ jti: 'x'.repeat(300) })], code: 'dpop_claim_invalid' },
  { name: 'an "htm" that is a list', proofs: () => [withClaims({ htm: ['GET'] })], code: 'dpop_claim_invalid' },
  { name: 'an "htu" that is null', proofs: () => [withClaims({ htu: null })], code: 'dpop_claim_invalid' },
  { name: 'an "iat" in words', proofs: () => [withClaims({ iat: `${noon}` })], code: 'dpop_claim_invalid' },
  {
    name: 'an "iat" beyond all numbers',
    proofs: () => [makeProof({ payloadText: '{"jti":"a","htm":"GET","htu":"https://api.example/","iat":1e999}' })],
    code: 'dpop_claim_invalid',
  },
  { name: 'an "ath" that is a number', proofs: () => [withClaims({ ath: 1 })], code: 'dpop_claim_invalid' },
  { name: 'a "nonce" that is a number', proofs: () => [withClaims({ nonce: 1 })], code: 'dpop_claim_invalid' },
  // Moved.
  { name: 'another method', proofs: () => [withClaims({ htm: 'POST' })], code: 'dpop_method_mismatch' },
  { name: 'the method in other letters', proofs: () => [withClaims({ htm: 'get' })], code: 'dpop_method_mismatch' },
  {
    name: 'a good proof, at another method',
    proofs: () => [good()],
    request: { method: 'DELETE' },
    code: 'dpop_method_mismatch',
  },
  { name: 'another path', proofs: () => [withClaims({ htu: 'https://api.example/other' })], code: 'dpop_uri_mismatch' },
  { name: 'another host', proofs: () => [withClaims({ htu: 'https://evil.example/' })], code: 'dpop_uri_mismatch' },
  { name: 'another scheme', proofs: () => [withClaims({ htu: 'http://api.example/' })], code: 'dpop_uri_mismatch' },
  { name: 'another port', proofs: () => [withClaims({ htu: 'https://api.example:8443/' })], code: 'dpop_uri_mismatch' },
  {
    name: 'a path of other letters',
    proofs: () => [withClaims({ htu: 'https://api.example/Read' })],
    request: { url: '/read' },
    code: 'dpop_uri_mismatch',
  },
  { name: 'a path alone', proofs: () => [withClaims({ htu: '/' })], code: 'dpop_uri_mismatch' },
  {
    name: 'a URI with user information',
    proofs: () => [withClaims({ htu: 'https://a@api.example/' })],
    code: 'dpop_uri_mismatch',
  },
  {
    name: 'a URI with a backslash',
    proofs: () => [withClaims({ htu: 'https://api.example\\' })],
    code: 'dpop_uri_mismatch',
  },
  {
    name: 'a good proof, at another path',
    proofs: () => [good()],
    request: { url: '/admin' },
    code: 'dpop_uri_mismatch',
  },
  {
    name: 'a good proof, at a path that leads there by dots',
    proofs: () => [good()],
    request: { url: '/admin/..' },
    code: 'invalid_request',
  },
  {
    name: 'a good proof, at a path with escaped dots',
    proofs: () => [good()],
    request: { url: '/admin/%2e%2E' },
    code: 'invalid_request',
  },
  {
    name: 'a good proof, at the target of another host',
    proofs: () => [withClaims({ htu: 'https://evil.example/' })],
    request: { url: 'https://evil.example/' },
    code: 'invalid_request',
  },
  {
    name: 'a good proof, at a target that is no path',
    proofs: () => [good()],
    request: { url: '*' },
    code: 'invalid_request',
  },
  // Old and future.
  { name: 'a proof of 61 seconds ago', proofs: () => [withClaims({ iat: noon - 61 })], code: 'dpop_proof_expired' },
  { name: 'a proof of the epoch', proofs: () => [withClaims({ iat: 0 })], code: 'dpop_proof_expired' },
  { name: 'a proof in milliseconds', proofs: () => [withClaims({ iat: noon * 1000 })], code: 'dpop_proof_in_future' },
  { name: 'a proof from beyond the skew', proofs: () => [withClaims({ iat: noon + 6 })], code: 'dpop_proof_in_future' },
  // Another token or key.
  {
    name: 'a proof for another token',
    proofs: () => [makeProof({ accessToken: `${token}x` })],
    code: 'dpop_token_mismatch',
  },
  { name: 'the token itself for its hash', proofs: () => [withClaims({ ath: token })], code: 'dpop_token_mismatch' },
  { name: 'an empty "ath"', proofs: () => [withClaims({ ath: '' })], code: 'dpop_token_mismatch' },
  {
    name: 'a sound proof of another key',
    proofs: () => [other.makeProof({ accessToken: token })],
    code: 'dpop_key_mismatch',
  },
  {
    name: 'a sound proof of another kind of key',
    proofs: () => [edwards.makeProof({ accessToken: token })],
    code: 'dpop_key_mismatch',
  },
]

describe('is refused', () => {
  const guard = setUp()
  for (const { name, proofs, code, request: changes } of refusals) {
    test(name, async () => {
      const status = code === 'invalid_request' ? 400 : 401
      await expect(guard.admit(request(proofs(), changes))).rejects.toMatchObject({
        name: 'GuardError',
        code,
        status,
        headers: { 'WWW-Authenticate': expect.stringMatching(/^DPoP error="[a-z_]+", .*algs="ES256 Ed25519 EdDSA"$/) },
      })
    })
  }

  test('a proof that comes again, whatever the spelling of its URI', async () => {
    await guard.admit(request([withClaims({ jti: 'again', htu: 'https://api.example?spelt=otherwise' })]))
    await expect(guard.admit(request([withClaims({ jti: 'again', iat: noon - 1 })]))).rejects.toMatchObject({
      code: 'dpop_proof_replayed',
      headers: { 'WWW-Authenticate': expect.stringMatching(/^DPoP error="invalid_dpop_proof"/) },
    })
  })
})

test('whoever sends what is no proof for here is refused before its key is looked at, which costs more', async () => {
  const guard = setUp()
  const claims = { iat: 0 }
  for (const changes of [{ y: jwk['x'] }, { x: undefined }, { crv: 'P-384' }]) {
    const proof = makeProof({ header: { jwk: { ...jwk, ...changes } }, claims, accessToken: token })
    await expect(guard.admit(request([proof]))).rejects.toMatchObject({ code: 'dpop_proof_expired' })
  }
})

test('the message never quotes what came', async () => {
  const guard = setUp()
  for (const { proofs, request: changes } of refusals) {
    const sent = proofs()
    const error = (await guard.admit(request(sent, changes)).catch((reason: unknown) => reason)) as Error
    for (const part of sent.flatMap((proof) => proof.split('.'))) {
      if (part.length > 8) expect(error.message).not.toContain(part)
    }
  }
})

test('there are more than forty of them', () => expect(refusals.length).toBeGreaterThan(40))
