/** What is no sealed request, and why: each with a code of its own, at the guard, for a token that is good. */

import { hash } from 'node:crypto'
import { sealedResponseHeader } from '@countersign/protocol'
import { encryptJwe, secretKey } from '@countersign/tokens'
import { expect, test } from 'vitest'
import type { GuardErrorCode } from '../../guard-error.ts'
import { makeKey, mintAccessToken, noon } from '../../guard.fixture.ts'
import { fromWebRequest, maxBodyBytes } from '../../guard-request.ts'
import type { GuardRequest } from '../../guard-request.ts'
import { flip, mintSessionToken, origin, sessionKey, setUpSessionGuard } from '../session-keys.fixture.ts'
import { maxSealedBytes } from './find-sealed-request.ts'
import { sealRequest } from './sealed.fixture.ts'
import type { SealChanges } from './sealed.fixture.ts'

const issuerKey = await makeKey('k1')
const token = mintSessionToken(issuerKey)
const key = sessionKey('seal-req')
const seal = (changes?: SealChanges): Promise<GuardRequest & { readonly sealed: string }> =>
  sealRequest(token, key, changes)

const withHeader = (header: Readonly<Record<string, unknown>>) => () => seal({ header })
const withFacts = (facts: NonNullable<SealChanges['facts']>) => () => seal({ facts })
const changed = (change: NonNullable<SealChanges['change']>) => () => seal({ change })
const withPart = (part: number, change: (text: string) => string) =>
  changed((sealed) =>
    sealed
      .split('.')
      .with(part, change(sealed.split('.')[part] ?? ''))
      .join('.'),
  )
const sending = (text: string | Uint8Array) => async () => ({
  ...(await seal()),
  readBody: async () => Buffer.from(text),
})
/** Encrypted by us, with a header that `jose` would not write. */
const encrypting = (bytes: Uint8Array, header: Readonly<Record<string, unknown>>, alg: 'dir' | 'A256KW' = 'dir') =>
  sending(encryptJwe('x', secretKey(alg, bytes), { enc: alg === 'dir' ? 'A256CBC-HS512' : 'A256GCM', header }))

const critical = ['cs_dir', 'cs_htm', 'cs_htu', 'cs_ath']
const answerHeader = sealedResponseHeader({
  contentType: 'text/plain',
  requestHash: hash('sha256', 'x', 'base64url'),
  status: 200,
  issuedAt: noon,
})

const refusals: readonly {
  readonly name: string
  readonly request: () => Promise<GuardRequest>
  readonly code: GuardErrorCode
}[] = [
  // Missing and duplicated.
  { name: 'no type', request: () => seal({ fields: [] }), code: 'sealed_required' },
  {
    name: 'a body in the clear',
    request: async () => ({
      ...(await seal({ fields: ['Content-Type', 'application/json'] })),
      readBody: async () => Buffer.from('{}'),
    }),
    code: 'sealed_required',
  },
  {
    name: 'a sealed body of another type',
    request: () => seal({ fields: ['Content-Type', 'application/jwt'] }),
    code: 'sealed_required',
  },
  {
    name: 'a type with parameters',
    request: () => seal({ fields: ['Content-Type', 'application/jose; charset=utf-8'] }),
    code: 'sealed_required',
  },
  {
    name: 'two types',
    request: () => seal({ fields: ['Content-Type', 'application/jose', 'Content-Type', 'application/json'] }),
    code: 'sealed_malformed',
  },
  {
    name: 'two types of a kind',
    request: () => seal({ fields: ['Content-Type', 'application/jose', 'Content-Type', 'application/jose'] }),
    code: 'sealed_malformed',
  },
  {
    name: 'GET without anything sealed',
    request: () => seal({ method: 'GET', inField: false, fields: [] }),
    code: 'sealed_required',
  },
  {
    name: 'an encoded body',
    request: () => seal({ fields: ['Content-Type', 'application/jose', 'Content-Encoding', 'gzip'] }),
    code: 'sealed_malformed',
  },
  {
    name: 'two fields',
    request: async () => {
      const { sealed, ...request } = await seal({ method: 'GET', body: '' })
      return { ...request, rawHeaders: [...request.rawHeaders, 'sealed-request', sealed] }
    },
    code: 'sealed_malformed',
  },
  {
    name: 'two texts in one field',
    request: () => seal({ method: 'GET', body: '', change: (sealed) => `${sealed}, ${sealed}` }),
    code: 'sealed_malformed',
  },
  {
    name: 'a field beside a body',
    request: async () => ({ ...(await seal({ method: 'GET', body: '' })), readBody: async () => Buffer.from('x') }),
    code: 'sealed_malformed',
  },
  { name: 'a body in a field', request: () => seal({ method: 'GET' }), code: 'sealed_malformed' },
  { name: 'a field of a POST', request: () => seal({ body: '', inField: true }), code: 'sealed_malformed' },
  {
    name: 'an empty field',
    request: () => seal({ method: 'GET', body: '', change: () => '' }),
    code: 'sealed_malformed',
  },
  // Malformed and truncated.
  { name: 'an empty body', request: sending(''), code: 'sealed_malformed' },
  { name: 'JSON', request: sending('{"amount":1}'), code: 'sealed_malformed' },
  { name: 'bytes', request: sending(Uint8Array.of(0, 255, 128)), code: 'sealed_malformed' },
  { name: 'the access token', request: sending(token), code: 'sealed_malformed' },
  { name: 'a line break at the end', request: changed((sealed) => `${sealed}\n`), code: 'sealed_malformed' },
  { name: 'a byte order mark', request: changed((sealed) => `\ufeff${sealed}`), code: 'sealed_malformed' },
  {
    name: 'four parts',
    request: changed((sealed) => sealed.slice(0, sealed.lastIndexOf('.'))),
    code: 'sealed_malformed',
  },
  { name: 'six parts', request: changed((sealed) => `${sealed}.AAAA`), code: 'sealed_malformed' },
  {
    name: 'parts in another order',
    request: changed((sealed) => sealed.split('.').toReversed().join('.')),
    code: 'sealed_malformed',
  },
  { name: 'padding', request: changed((sealed) => `${sealed}=`), code: 'sealed_malformed' },
  { name: 'base64 of the other alphabet', request: withPart(3, () => '+/+/'), code: 'sealed_malformed' },
  {
    name: 'a header that is no JSON',
    request: withPart(0, () => Buffer.from('alg=dir').toString('base64url')),
    code: 'sealed_malformed',
  },
  {
    name: 'a header with a member twice',
    request: withPart(0, (header) =>
      Buffer.from(Buffer.from(header, 'base64url').toString().replace('{', '{"cs_dir":"req",')).toString('base64url'),
    ),
    code: 'sealed_malformed',
  },
  {
    name: 'a text cut in its ciphertext',
    request: changed((sealed) => sealed.slice(0, -60)),
    code: 'sealed_malformed',
  },
  {
    name: 'a ciphertext cut at a block',
    request: withPart(3, (text) => Buffer.from(text, 'base64url').subarray(0, -16).toString('base64url')),
    code: 'sealed_decryption_failed',
  },
  {
    name: 'a shorter tag',
    request: withPart(4, (text) => Buffer.from(text, 'base64url').subarray(0, 16).toString('base64url')),
    code: 'sealed_decryption_failed',
  },
  { name: 'no tag', request: withPart(4, () => ''), code: 'sealed_decryption_failed' },
  { name: 'no ciphertext', request: withPart(3, () => ''), code: 'sealed_decryption_failed' },
  { name: 'no IV', request: withPart(2, () => ''), code: 'sealed_decryption_failed' },
  { name: 'an encrypted key', request: withPart(1, () => 'AAAA'), code: 'sealed_decryption_failed' },
  // Changed.
  ...[2, 3, 4].map((part) => ({
    name: `part ${part} with a bit changed`,
    request: withPart(part, (text) => flip(text, 3)),
    code: 'sealed_decryption_failed' as const,
  })),
  {
    name: 'a header with another target than it was sealed with',
    request: withPart(0, (header) =>
      Buffer.from(Buffer.from(header, 'base64url').toString().replace('to=bob', 'to=eve')).toString('base64url'),
    ),
    code: 'sealed_decryption_failed',
  },
  {
    name: 'a header with a later time',
    request: withPart(0, (header) =>
      Buffer.from(
        Buffer.from(header, 'base64url')
          .toString()
          .replace(`${noon}`, `${noon + 1}`),
      ).toString('base64url'),
    ),
    code: 'sealed_decryption_failed',
  },
  // Wrong key.
  {
    name: 'a key that only the sender knows',
    request: () => sealRequest(token, Buffer.alloc(64)),
    code: 'sealed_decryption_failed',
  },
  {
    name: 'the key of the other direction',
    request: () => sealRequest(token, sessionKey('seal-res')),
    code: 'sealed_decryption_failed',
  },
  {
    name: 'the key of another token',
    request: () => sealRequest(token, sessionKey('seal-req', { jti: 'token-2' })),
    code: 'sealed_decryption_failed',
  },
  {
    name: 'the key of another client',
    request: () => sealRequest(token, sessionKey('seal-req', { client_id: 'client-2' })),
    code: 'sealed_decryption_failed',
  },
  {
    name: 'the key of another API',
    request: () => sealRequest(token, sessionKey('seal-req', { aud: 'https://other.example' })),
    code: 'sealed_decryption_failed',
  },
  {
    name: 'a token without session keys',
    request: () => sealRequest(mintAccessToken(issuerKey), key),
    code: 'session_key_unavailable',
  },
  {
    name: 'keys of a version that is not known',
    request: () => sealRequest(mintSessionToken(issuerKey, { cs_key: 8 }), key),
    code: 'session_key_unavailable',
  },
  {
    name: 'keys of a version in words',
    request: () => sealRequest(mintSessionToken(issuerKey, { cs_key: '7' }), key),
    code: 'token_claim_invalid',
  },
  { name: 'another "alg"', request: encrypting(Buffer.alloc(32), {}, 'A256KW'), code: 'sealed_header_refused' },
  {
    name: 'another "enc"',
    request: sending(encryptJwe('x', secretKey('dir', Buffer.alloc(32)), { enc: 'A256GCM' })),
    code: 'sealed_header_refused',
  },
  // The header.
  ...['typ', 'crit', 'cs_dir', 'cs_htm', 'cs_htu', 'cs_ath', 'iat', 'nonce'].map((name) => ({
    name: `no "${name}"`,
    request: withHeader({
      [name]: undefined,
      ...(critical.includes(name) && { crit: critical.filter((other) => other !== name) }),
    }),
    code: 'sealed_header_refused' as const,
  })),
  { name: 'the type of other JWEs', request: withHeader({ typ: 'JWT' }), code: 'sealed_header_refused' },
  {
    name: 'the type in other letters',
    request: withHeader({ typ: 'Countersign-Sealed+JWE' }),
    code: 'sealed_header_refused',
  },
  { name: 'the other direction', request: withHeader({ cs_dir: 'res' }), code: 'sealed_header_refused' },
  { name: 'an unknown member', request: withHeader({ note: 'x' }), code: 'sealed_header_refused' },
  {
    name: 'an unknown extension',
    request: withHeader({ crit: [...critical, 'cs_new'], cs_new: 1 }),
    code: 'sealed_header_refused',
  },
  {
    name: 'an extension that is not critical',
    request: withHeader({ crit: critical.slice(1) }),
    code: 'sealed_header_refused',
  },
  { name: 'a key ID', request: withHeader({ kid: 'k1' }), code: 'sealed_header_refused' },
  {
    name: 'a key in the header',
    request: withHeader({ jwk: { kty: 'oct', k: 'AAAA' } }),
    code: 'sealed_header_refused',
  },
  {
    name: 'compression',
    request: withPart(0, () => Buffer.from('{"alg":"dir","enc":"A256CBC-HS512","zip":"DEF"}').toString('base64url')),
    code: 'sealed_header_refused',
  },
  { name: 'a method that is a list', request: withHeader({ cs_htm: ['POST'] }), code: 'sealed_header_refused' },
  { name: 'a target that is a number', request: withHeader({ cs_htu: 1 }), code: 'sealed_header_refused' },
  { name: 'a token hash that is short', request: withHeader({ cs_ath: 'AAAA' }), code: 'sealed_header_refused' },
  { name: 'a time in words', request: withHeader({ iat: `${noon}` }), code: 'sealed_header_refused' },
  { name: 'a time with a fraction', request: withHeader({ iat: noon + 0.5 }), code: 'sealed_header_refused' },
  { name: 'a short nonce', request: withFacts({ nonce: 'short-of-a-byte' }), code: 'sealed_header_refused' },
  { name: 'a long nonce', request: withFacts({ nonce: 'n'.repeat(129) }), code: 'sealed_header_refused' },
  { name: 'a nonce that is a number', request: withHeader({ nonce: 1 }), code: 'sealed_header_refused' },
  {
    name: 'a type of content with a line break',
    request: withFacts({ contentType: 'text/plain\r\nX-Admin: 1' }),
    code: 'sealed_header_refused',
  },
  { name: 'an answer sent as a request', request: encrypting(key, answerHeader), code: 'sealed_header_refused' },
  {
    name: 'an answer of ours sent back',
    request: encrypting(sessionKey('seal-res'), answerHeader),
    code: 'sealed_header_refused',
  },
  // Moved.
  { name: 'sealed for another method', request: withFacts({ method: 'PUT' }), code: 'sealed_mismatch' },
  { name: 'sealed for a method in other letters', request: withFacts({ method: 'post' }), code: 'sealed_mismatch' },
  {
    name: 'sealed for another path',
    request: withFacts({ targetUri: `${origin}/gifts?to=bob` }),
    code: 'sealed_mismatch',
  },
  {
    name: 'sealed for another query',
    request: withFacts({ targetUri: `${origin}/transfers?to=eve` }),
    code: 'sealed_mismatch',
  },
  { name: 'sealed for no query', request: withFacts({ targetUri: `${origin}/transfers` }), code: 'sealed_mismatch' },
  {
    name: 'sealed for another origin',
    request: withFacts({ targetUri: 'https://evil.example/transfers?to=bob' }),
    code: 'sealed_mismatch',
  },
  {
    name: 'sealed for a target that is not normal',
    request: withFacts({ targetUri: `${origin}:443/transfers?to=bob` }),
    code: 'sealed_mismatch',
  },
  {
    name: 'sealed for another token',
    request: withFacts({ accessTokenHash: hash('sha256', 'x', 'base64url') }),
    code: 'sealed_mismatch',
  },
  {
    name: 'moved to another target',
    request: async () => ({ ...(await seal()), url: '/gifts?to=bob' }),
    code: 'sealed_mismatch',
  },
  {
    name: 'moved to another method',
    request: async () => ({ ...(await seal()), method: 'PUT' }),
    code: 'sealed_mismatch',
  },
  {
    name: 'moved to a token of the same ID',
    request: () => seal({ authorization: `Bearer ${mintSessionToken(issuerKey, { scope: 'admin' })}` }),
    code: 'sealed_mismatch',
  },
  {
    name: 'moved to a token of another ID',
    request: () => seal({ authorization: `Bearer ${mintSessionToken(issuerKey, { jti: 'token-2' })}` }),
    code: 'sealed_decryption_failed',
  },
  {
    name: 'a target of another origin',
    request: async () => ({ ...(await seal()), url: 'https://evil.example/' }),
    code: 'invalid_request',
  },
  // Time.
  { name: 'sealed long ago', request: withFacts({ issuedAt: noon - 66 }), code: 'sealed_expired' },
  { name: 'sealed in the future', request: withFacts({ issuedAt: noon + 6 }), code: 'sealed_in_future' },
  { name: 'sealed in 1970', request: withFacts({ issuedAt: 0 }), code: 'sealed_expired' },
  // Oversized.
  {
    name: 'a byte more than 1 MiB',
    request: () => seal({ body: Buffer.alloc(maxBodyBytes + 1) }),
    code: 'body_too_large',
  },
  { name: 'more than a sealed 1 MiB, by its length', request: () => oversized(true), code: 'body_too_large' },
  { name: 'more than a sealed 1 MiB, of no length', request: () => oversized(false), code: 'body_too_large' },
  {
    name: 'a long text, wherever it was read',
    request: sending('A'.repeat(maxSealedBytes + 1)),
    code: 'body_too_large',
  },
]

async function oversized(hasLength: boolean): Promise<GuardRequest> {
  const bytes = Buffer.alloc(maxSealedBytes + 1, 'A')
  const headers = hasLength ? { 'content-length': `${bytes.length}` } : {}
  const body = hasLength ? bytes : new Blob([bytes]).stream()
  const init = { method: 'POST', body, headers, duplex: 'half' }
  const { readBody } = fromWebRequest(new Request(origin, init))
  return { ...(await seal()), readBody: readBody! }
}

test('there are enough of them', () => expect(refusals.length).toBeGreaterThan(80))

for (const { name, request, code } of refusals) {
  test(`${name}: ${code}`, async () => {
    const { guard } = setUpSessionGuard(issuerKey)
    await expect(guard.admit(await request(), { sealed: true })).rejects.toMatchObject({ name: 'GuardError', code })
  })
}

test('what they are made of is taken', async () => {
  const { guard } = setUpSessionGuard(issuerKey)
  const requests = [seal(), seal({ method: 'GET', body: '' }), withHeader({})(), withPart(0, (text) => text)()]
  for (const request of await Promise.all(requests)) {
    await expect(guard.admit(request, { sealed: true })).resolves.toMatchObject({ grant: { subject: 'user-1' } })
  }
})

test('a replayed sealed request: sealed_replayed', async () => {
  const { guard } = setUpSessionGuard(issuerKey)
  const request = await seal()
  await guard.admit(request, { sealed: true })
  await expect(guard.admit(request, { sealed: true })).rejects.toMatchObject({ code: 'sealed_replayed' })
})
