/** What is no signed request, and why: each with a code of its own, at the guard, for a token that is good. */

import { hash } from 'node:crypto'
import { formatContentDigest } from '@countersign/protocol'
import { generateKey, secretKey } from '@countersign/tokens'
import { expect, test } from 'vitest'
import type { GuardErrorCode } from '../../guard-error.ts'
import { makeKey, mintAccessToken, noon } from '../../guard.fixture.ts'
import { fromWebRequest, maxBodyBytes } from '../../guard-request.ts'
import type { GuardRequest } from '../../guard-request.ts'
import { proofMaker } from '../dpop/dpop.fixture.ts'
import { flip, mintSessionToken, origin, sessionKey, setUpSessionGuard } from '../session-keys.fixture.ts'
import { fieldOf, signRequest, withField } from './signature.fixture.ts'
import type { SignChanges } from './signature.fixture.ts'

const [issuerKey, client, other, rsa] = await Promise.all([
  makeKey('k1'),
  proofMaker(),
  proofMaker(),
  generateKey('RS256'),
])
const token = mintSessionToken(issuerKey)
const key = sessionKey('sig')
const sign = (changes?: SignChanges): GuardRequest => signRequest(token, key, changes)

const list = '("@method" "@target-uri" "authorization" "content-digest")'
const nonce = 'nonce-of-16-bytes'
const paramsText = `;created=${noon};expires=${noon + 60};nonce="${nonce}";keyid="token-1";alg="hmac-sha256";tag="countersign"`
/** Signed all the same, whatever is written. */
const written = (signatureParams: string): GuardRequest => sign({ signatureParams })
const param = (name: string, text: string): GuardRequest =>
  written(list + paramsText.replace(new RegExp(`;${name}=[^;]+`), text === '' ? '' : `;${name}=${text}`))
const covering = (...components: readonly string[]): GuardRequest => sign({ components })
const digest = (algorithm: string, text = '{"amount":1}'): string =>
  formatContentDigest(algorithm === 'sha512' ? 'sha-512' : 'sha-256', hash(algorithm, text, 'buffer'))
const digested = (value: string | readonly string[]): GuardRequest => sign({ fields: { 'Content-Digest': value } })

const cnf = { jkt: client.jkt }
const bound = mintSessionToken(issuerKey, { cnf })
const proven = (changes: SignChanges, maker = client): GuardRequest =>
  signRequest(bound, key, {
    authorization: `DPoP ${bound}`,
    key: maker.key,
    fields: { DPoP: maker.makeProof({ accessToken: bound, claims: { htm: 'POST', htu: `${origin}/transfers` } }) },
    ...changes,
    params: { alg: 'ecdsa-p256-sha256', keyid: client.jkt, ...changes.params },
  })

const input = fieldOf(sign(), 'Signature-Input')
const refusals: readonly {
  readonly name: string
  readonly request: () => GuardRequest
  readonly code: GuardErrorCode
}[] = [
  // Missing.
  {
    name: 'no signature',
    request: () => sign({ fields: { Signature: null, 'Signature-Input': null } }),
    code: 'signature_required',
  },
  {
    name: 'no Signature-Input',
    request: () => sign({ fields: { 'Signature-Input': null } }),
    code: 'signature_required',
  },
  {
    name: 'an empty Signature-Input',
    request: () => withField(sign(), 'Signature-Input', ['']),
    code: 'signature_required',
  },
  { name: 'no Signature', request: () => sign({ fields: { Signature: null } }), code: 'signature_malformed' },
  { name: 'an empty Signature', request: () => withField(sign(), 'Signature', ['']), code: 'signature_malformed' },
  {
    name: 'a Signature under another label',
    request: () => withField(sign(), 'Signature', (value) => value.replace('countersign=', 'other=')),
    code: 'signature_malformed',
  },
  { name: 'a signature for somebody else', request: () => param('tag', '"other"'), code: 'signature_required' },
  { name: 'a tag in other letters', request: () => param('tag', '"Countersign"'), code: 'signature_required' },
  { name: 'a tag that is a token', request: () => param('tag', 'countersign'), code: 'signature_required' },
  { name: 'no tag', request: () => param('tag', ''), code: 'signature_required' },
  // Duplicated.
  {
    name: 'two signatures for us',
    request: () => withField(sign(), 'Signature-Input', (value) => `${value}, ${value.replace('countersign=', 'b=')}`),
    code: 'signature_duplicated',
  },
  {
    name: 'two signatures for us, on two lines',
    request: () => withField(sign(), 'Signature-Input', [input, input.replace('countersign=', 'b=')]),
    code: 'signature_duplicated',
  },
  {
    name: 'one label twice',
    request: () => withField(sign(), 'Signature-Input', (value) => `${value}, ${value}`),
    code: 'signature_malformed',
  },
  {
    name: 'one label twice, for somebody else first',
    request: () => withField(sign(), 'Signature-Input', (value) => `countersign=("date");tag="x", ${value}`),
    code: 'signature_malformed',
  },
  {
    name: 'a Signature twice',
    request: () => withField(sign(), 'Signature', (value) => `${value}, ${value}`),
    code: 'signature_malformed',
  },
  { name: 'a parameter twice', request: () => written(`${list};created=1${paramsText}`), code: 'signature_malformed' },
  // Malformed.
  { name: 'no dictionary', request: () => withField(sign(), 'Signature-Input', ['(']), code: 'signature_malformed' },
  {
    name: 'a dictionary with a comma at its end',
    request: () => withField(sign(), 'Signature-Input', (value) => `${value},`),
    code: 'signature_malformed',
  },
  {
    name: 'a cut Signature-Input',
    request: () => withField(sign(), 'Signature-Input', (value) => value.slice(0, -1)),
    code: 'signature_malformed',
  },
  {
    name: 'a list of components that is a text',
    request: () => withField(sign(), 'Signature-Input', (value) => value.replace(list, '"@method"')),
    code: 'signature_malformed',
  },
  {
    name: 'two spaces between components',
    request: () => written(list.replace(' ', '  ') + paramsText),
    code: 'signature_malformed',
  },
  { name: 'a space before a parameter', request: () => written(`${list} ${paramsText}`), code: 'signature_malformed' },
  { name: 'zeros in front of a number', request: () => param('created', `0${noon}`), code: 'signature_malformed' },
  { name: 'a parameter beyond ASCII', request: () => param('keyid', '"tokén-1"'), code: 'signature_malformed' },
  {
    name: 'an escape of nothing',
    request: () => param('nonce', String.raw`"\nonce-of-16-bytes"`),
    code: 'signature_malformed',
  },
  {
    name: 'a signature that is a text',
    request: () => withField(sign(), 'Signature', ['countersign="AAAA"']),
    code: 'signature_malformed',
  },
  {
    name: 'a signature without padding',
    request: () =>
      withField(sign(), 'Signature', (value) => value.replace('=:', '§').replace('=', '').replace('§', '=:')),
    code: 'signature_malformed',
  },
  {
    name: 'a signature in base64url',
    request: () => withField(sign(), 'Signature', ['countersign=:-_-_:']),
    code: 'signature_malformed',
  },
  {
    name: 'a signature with stray bits',
    request: () => withField(sign(), 'Signature', [`countersign=:${'A'.repeat(42)}B=:`]),
    code: 'signature_malformed',
  },
  {
    name: 'a signature with parameters',
    request: () => withField(sign(), 'Signature', (value) => `${value};a=1`),
    code: 'signature_malformed',
  },
  { name: '9 KiB of parameters', request: () => param('nonce', `"${'n'.repeat(9000)}"`), code: 'signature_malformed' },
  // Components.
  ...['@method', '@target-uri', 'authorization', 'content-digest'].map((name) => ({
    name: `${name} not covered`,
    request: () =>
      covering(...['@method', '@target-uri', 'authorization', 'content-digest'].filter((other) => other !== name)),
    code: 'signature_component_missing' as const,
  })),
  ...['Content-Encoding', 'Idempotency-Key', 'Sealed-Request'].flatMap((name) => [
    {
      name: `${name} not covered`,
      request: () => sign({ fields: { [name]: 'one' } }),
      code: 'signature_component_missing' as const,
    },
    {
      name: `${name} not covered, without content`,
      request: () => sign({ method: 'GET', body: '', fields: { [name]: 'one' } }),
      code: 'signature_component_missing' as const,
    },
  ]),
  { name: 'nothing covered', request: () => covering(), code: 'signature_component_missing' },
  {
    name: 'a field that did not come',
    request: () => written(list.replace(')', ' "date")') + paramsText),
    code: 'signature_component_missing',
  },
  {
    name: 'a field beyond ASCII',
    request: () => sign({ signatureParams: list.replace(')', ' "x-name")') + paramsText, fields: { 'X-Name': 'é' } }),
    code: 'signature_component_missing',
  },
  {
    name: 'a component twice',
    request: () => written(list.replace(')', ' "@method")') + paramsText),
    code: 'signature_component_refused',
  },
  ...[
    '@authority',
    '@scheme',
    '@path',
    '@query',
    '@request-target',
    '@status',
    '@signature-params',
    '@toString',
    'signature',
    'signature-input',
    'Authorization',
    'a b',
    '',
  ].map((name) => ({
    name: `the component "${name}"`,
    request: () => written(list.replace(')', ` "${name}")`) + paramsText),
    code: 'signature_component_refused' as const,
  })),
  ...[
    '"@query-param";name="to"',
    '"content-type";sf',
    '"content-type";bs',
    '"@method";req',
    '"content-digest";key="sha-256"',
    'date',
    '1',
    ':AAAA:',
  ].map((component) => ({
    name: `the component ${component}`,
    request: () => written(list.replace(')', ` ${component})`) + paramsText),
    code: 'signature_component_refused' as const,
  })),
  {
    name: 'more components than anybody needs',
    request: () => {
      const fields = Object.fromEntries(Array.from({ length: 61 }, (_, at) => [`x-${at}`, '1']))
      return sign({
        fields,
        components: ['@method', '@target-uri', 'authorization', 'content-digest', ...Object.keys(fields)],
      })
    },
    code: 'signature_component_refused',
  },
  // Parameters.
  ...['created', 'expires', 'nonce', 'keyid', 'alg'].map((name) => ({
    name: `no ${name}`,
    request: () => param(name, ''),
    code: 'signature_parameter_missing' as const,
  })),
  ...[
    ['created', `"${noon}"`],
    ['created', `${noon}.5`],
    ['created', '-1'],
    ['created', '?0'],
    ['expires', `"${noon}"`],
    ['expires', `${noon}`],
    ['expires', `${noon - 1}`],
    ['expires', `${noon + 301}`],
    ['nonce', '"short-of-a-byte"'],
    ['nonce', `"${'n'.repeat(129)}"`],
    ['nonce', '"a nonce with spaces"'],
    ['nonce', nonce],
    ['nonce', ':AAAA:'],
    ['keyid', '""'],
    ['keyid', '1'],
    ['keyid', 'token-1'],
    ['alg', '1'],
    ['alg', 'hmac-sha256'],
  ].map(([name = '', text = '']) => ({
    name: `${name} as ${text.slice(0, 30)}`,
    request: () => param(name, text),
    code: 'signature_parameter_invalid' as const,
  })),
  {
    name: 'an unknown parameter',
    request: () => written(`${list}${paramsText};a=1`),
    code: 'signature_parameter_invalid',
  },
  { name: 'an unknown flag', request: () => written(`${list}${paramsText};a`), code: 'signature_parameter_invalid' },
  // Time.
  {
    name: 'an old signature',
    request: () => sign({ params: { created: noon - 100, expires: noon - 5 } }),
    code: 'signature_expired',
  },
  {
    name: 'a signature of the future',
    request: () => sign({ params: { created: noon + 6 } }),
    code: 'signature_in_future',
  },
  // Keys and algorithms.
  ...['none', 'HMAC-SHA256', 'hmac-sha512', 'rsa-pss-sha512', 'rsa-v1_5-sha256', 'ecdsa-p384-sha384', 'toString'].map(
    (alg) => ({
      name: `the algorithm ${alg}`,
      request: () => sign({ params: { alg } }),
      code: 'signature_algorithm_refused' as const,
    }),
  ),
  {
    name: 'the key of another token',
    request: () => sign({ params: { keyid: 'token-2' } }),
    code: 'signature_key_unknown',
  },
  {
    name: 'a key that only the signer knows',
    request: () => sign({ key: Buffer.alloc(32) }),
    code: 'signature_invalid',
  },
  { name: 'the key for sealing', request: () => sign({ key: sessionKey('seal-req') }), code: 'signature_invalid' },
  {
    name: 'the session key of another client',
    request: () => sign({ key: sessionKey('sig', { client_id: 'client-2' }) }),
    code: 'signature_invalid',
  },
  {
    name: 'the session key of the same token, were it bound',
    request: () => sign({ key: sessionKey('sig', { cnf }) }),
    code: 'signature_invalid',
  },
  {
    name: 'an asymmetric signature without a proof',
    request: () => sign({ key: client.key, params: { alg: 'ecdsa-p256-sha256', keyid: client.jkt } }),
    code: 'signature_key_unknown',
  },
  {
    name: 'the keyid of another proof key',
    request: () => proven({ params: { keyid: other.jkt } }),
    code: 'signature_key_unknown',
  },
  {
    name: 'the proof key by the token’s ID',
    request: () => proven({ params: { keyid: 'token-1' } }),
    code: 'signature_key_unknown',
  },
  { name: 'the signature of another proof key', request: () => proven({ key: other.key }), code: 'signature_invalid' },
  { name: 'the proof of another key', request: () => proven({}, other), code: 'dpop_key_mismatch' },
  { name: 'the signature of an RSA key', request: () => proven({ key: rsa }), code: 'signature_invalid' },
  {
    name: 'another algorithm than the proof key’s',
    request: () => proven({ params: { alg: 'ed25519' } }),
    code: 'signature_algorithm_refused',
  },
  {
    name: 'the public proof key as an HMAC key',
    request: () =>
      proven({
        key: secretKey('HS256', Buffer.from(JSON.stringify(client.jwk))),
        params: { alg: 'hmac-sha256', keyid: 'token-1' },
      }),
    code: 'signature_invalid',
  },
  {
    name: 'a session key by the thumbprint of the proof key',
    request: () => proven({ key: sessionKey('sig', { cnf }), params: { alg: 'hmac-sha256' } }),
    code: 'signature_key_unknown',
  },
  {
    name: 'a token without session keys',
    request: () => signRequest(mintAccessToken(issuerKey), key),
    code: 'session_key_unavailable',
  },
  {
    name: 'session keys of a version that is not known',
    request: () => signRequest(mintSessionToken(issuerKey, { cs_key: 8 }), key),
    code: 'session_key_unavailable',
  },
  {
    name: 'session keys of a version in words',
    request: () => signRequest(mintSessionToken(issuerKey, { cs_key: '7' }), key),
    code: 'token_claim_invalid',
  },
  {
    name: 'a token too long for session keys',
    request: () => {
      const jti = 'x'.repeat(1024)
      return signRequest(mintSessionToken(issuerKey, { jti }), key, { params: { keyid: jti } })
    },
    code: 'session_key_unavailable',
  },
  // Truncated and changed.
  {
    name: 'a truncated signature',
    request: () => withField(sign(), 'Signature', (value) => `countersign=:${value.slice(13, 33)}:`),
    code: 'signature_invalid',
  },
  {
    name: 'an empty signature',
    request: () => withField(sign(), 'Signature', ['countersign=::']),
    code: 'signature_invalid',
  },
  {
    name: 'a signature with a bit changed',
    request: () => withField(sign(), 'Signature', (value) => flip(value, 20)),
    code: 'signature_invalid',
  },
  {
    name: 'an asymmetric signature with a bit changed',
    request: () => withField(proven({}), 'Signature', (value) => flip(value, 20)),
    code: 'signature_invalid',
  },
  {
    name: 'a truncated asymmetric signature',
    request: () => withField(proven({}), 'Signature', (value) => `countersign=:${value.slice(13, 53)}:`),
    code: 'signature_invalid',
  },
  {
    name: 'another nonce',
    request: () =>
      withField(sign({ params: { nonce } }), 'Signature-Input', (value) => value.replace(nonce, `x${nonce}`)),
    code: 'signature_invalid',
  },
  {
    name: 'a later end',
    request: () =>
      withField(sign(), 'Signature-Input', (value) => value.replace(`expires=${noon + 60}`, `expires=${noon + 90}`)),
    code: 'signature_invalid',
  },
  {
    name: 'a component less',
    request: () =>
      withField(
        sign({ components: ['@method', '@target-uri', 'authorization', 'content-digest', 'content-type'] }),
        'Signature-Input',
        (value) => value.replace(' "content-type"', ''),
      ),
    code: 'signature_invalid',
  },
  {
    name: 'components in another order than signed',
    request: () =>
      withField(sign(), 'Signature-Input', (value) =>
        value.replace('"@method" "@target-uri"', '"@target-uri" "@method"'),
      ),
    code: 'signature_invalid',
  },
  {
    name: 'a covered field changed',
    request: () =>
      withField(
        sign({ components: ['@method', '@target-uri', 'authorization', 'content-digest', 'content-type'] }),
        'Content-Type',
        ['text/plain'],
      ),
    code: 'signature_invalid',
  },
  {
    name: 'the key of a call exchanged, so that it counts as another',
    request: () =>
      withField(
        sign({
          components: ['@method', '@target-uri', 'authorization', 'content-digest', 'idempotency-key'],
          fields: { 'Idempotency-Key': 'order-17' },
        }),
        'Idempotency-Key',
        ['order-18'],
      ),
    code: 'signature_invalid',
  },
  {
    name: 'a line added to a covered field',
    request: () => {
      const { rawHeaders, ...request } = sign({
        components: ['@method', '@target-uri', 'authorization', 'content-digest', 'x-to'],
        fields: { 'X-To': 'bob' },
      })
      return { ...request, rawHeaders: [...rawHeaders, 'X-To', 'eve'] }
    },
    code: 'signature_invalid',
  },
  // Moved.
  { name: 'moved to another method', request: () => ({ ...sign(), method: 'PUT' }), code: 'signature_invalid' },
  {
    name: 'moved to a method in other letters',
    request: () => ({ ...sign(), method: 'post' }),
    code: 'signature_invalid',
  },
  { name: 'moved to another path', request: () => ({ ...sign(), url: '/gifts?to=bob' }), code: 'signature_invalid' },
  {
    name: 'moved to another query',
    request: () => ({ ...sign(), url: '/transfers?to=eve' }),
    code: 'signature_invalid',
  },
  { name: 'moved to no query', request: () => ({ ...sign(), url: '/transfers' }), code: 'signature_invalid' },
  {
    name: 'a parameter added to the query',
    request: () => ({ ...sign(), url: '/transfers?to=bob&to=eve' }),
    code: 'signature_invalid',
  },
  {
    name: 'moved to another origin',
    request: () => ({ ...sign(), url: 'https://evil.example/transfers?to=bob' }),
    code: 'invalid_request',
  },
  {
    name: 'a target with dot segments',
    request: () => ({ ...sign(), url: '/gifts/../transfers?to=bob' }),
    code: 'invalid_request',
  },
  {
    name: 'moved to another token',
    request: () => withField(sign(), 'Authorization', [`Bearer ${mintSessionToken(issuerKey, { jti: 'token-2' })}`]),
    code: 'signature_key_unknown',
  },
  {
    name: 'moved to another token of the same ID',
    request: () => withField(sign(), 'Authorization', [`Bearer ${mintSessionToken(issuerKey, { scope: 'admin' })}`]),
    code: 'signature_invalid',
  },
  {
    name: 'moved to another scheme',
    request: () => withField(sign(), 'Authorization', (value) => value.replace('Bearer', 'bearer')),
    code: 'signature_invalid',
  },
  {
    name: 'the signature of a response',
    request: () => {
      const text = `("@status" "content-digest")${paramsText}`
      return withField(sign({ signatureParams: text }), 'Signature-Input', [`countersign=${text}`])
    },
    code: 'signature_component_refused',
  },
  // Content and digest.
  {
    name: 'changed content',
    request: () => ({ ...sign(), readBody: async () => Buffer.from('{"amount":9}') }),
    code: 'digest_mismatch',
  },
  {
    name: 'content cut short',
    request: () => ({ ...sign(), readBody: async () => Buffer.from('{"amount":1') }),
    code: 'digest_mismatch',
  },
  {
    name: 'content taken away',
    request: () => ({ ...sign(), readBody: async () => Buffer.alloc(0) }),
    code: 'digest_mismatch',
  },
  {
    name: 'content without a digest',
    request: () => ({ ...sign({ body: '' }), readBody: async () => Buffer.from('{"amount":9}') }),
    code: 'digest_missing',
  },
  {
    name: 'the digest taken away',
    request: () => withField(sign(), 'Content-Digest', []),
    code: 'signature_component_missing',
  },
  {
    name: 'a digest that is not covered',
    request: () => {
      const { rawHeaders, ...request } = sign({ body: '' })
      return { ...request, rawHeaders: [...rawHeaders, 'Content-Digest', digest('sha256', '')] }
    },
    code: 'signature_component_missing',
  },
  {
    name: 'the digest changed with the content',
    request: () => withField(sign(), 'Content-Digest', [digest('sha256', 'x')]),
    code: 'signature_invalid',
  },
  { name: 'the digest of something else', request: () => digested(digest('sha256', 'x')), code: 'digest_mismatch' },
  {
    name: 'a good SHA-256 and a wrong SHA-512',
    request: () => digested(`${digest('sha256')}, ${digest('sha512', 'x')}`),
    code: 'digest_mismatch',
  },
  {
    name: 'a wrong SHA-256 and a good SHA-512',
    request: () => digested([digest('sha256', 'x'), digest('sha512')]),
    code: 'digest_mismatch',
  },
  {
    name: 'a SHA-512 as SHA-256',
    request: () => digested(digest('sha512').replace('sha-512', 'sha-256')),
    code: 'digest_mismatch',
  },
  { name: 'a truncated digest', request: () => digested('sha-256=:AAAA:'), code: 'digest_mismatch' },
  {
    name: 'a digest of an old kind',
    request: () => digested(`md5=:${hash('md5', '{"amount":1}', 'base64')}:`),
    code: 'digest_missing',
  },
  { name: 'no digest in the field', request: () => digested(''), code: 'digest_missing' },
  { name: 'a digest that is a text', request: () => digested('sha-256="AAAA"'), code: 'digest_malformed' },
  { name: 'a digest that is a list', request: () => digested('sha-256=(:AAAA:)'), code: 'digest_malformed' },
  { name: 'a digest in base64url', request: () => digested('sha-256=:-_-_:'), code: 'digest_malformed' },
  {
    name: 'a digest without padding',
    request: () => digested(digest('sha256').replace('=:', '=§').replace('=:', ':').replace('§', ':')),
    code: 'digest_malformed',
  },
  {
    name: 'a digest twice',
    request: () => digested(`${digest('sha256', 'x')}, ${digest('sha256')}`),
    code: 'digest_malformed',
  },
  { name: 'a digest that is none', request: () => digested('sha256:abc'), code: 'digest_malformed' },
  {
    name: 'more than 1 MiB',
    request: () => {
      const { readBody } = fromWebRequest(new Request(origin, { method: 'POST', body: Buffer.alloc(maxBodyBytes + 1) }))
      return { ...sign(), readBody: readBody! }
    },
    code: 'body_too_large',
  },
]

test('there are enough of them', () => expect(refusals.length).toBeGreaterThan(100))

for (const { name, request, code } of refusals) {
  test(`${name}: ${code}`, async () => {
    const { guard } = setUpSessionGuard(issuerKey)
    await expect(guard.admit(request(), { proof: 'signature' })).rejects.toMatchObject({ name: 'GuardError', code })
  })
}

test('what they are made of is taken', async () => {
  const { guard } = setUpSessionGuard(issuerKey)
  for (const request of [sign(), written(list + paramsText), proven({}), digested(digest('sha512'))]) {
    await expect(guard.admit(request, { proof: 'signature' })).resolves.toMatchObject({ grant: { subject: 'user-1' } })
  }
})

test('a replayed signature: signature_replayed', async () => {
  const { guard } = setUpSessionGuard(issuerKey)
  const request = sign()
  await guard.admit(request, { proof: 'signature' })
  await expect(guard.admit(request, { proof: 'signature' })).rejects.toMatchObject({ code: 'signature_replayed' })
})
