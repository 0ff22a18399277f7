import {
  constants,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import type { JsonWebKey, KeyObject } from 'node:crypto'
import { createSigner, createVerifier, httpbis } from 'http-message-signatures'
import { describe, expect, test } from 'vitest'
import vectors from '../vectors/rfc9421/rfc9421-b2.json' with { type: 'json' }
import { formatContentDigest } from './content-digest.ts'
import {
  formatSignature,
  formatSignatureInput,
  formatSignatureParams,
  requestComponents,
  signatureBase,
  signatureTag,
} from './signature-base.ts'
import type { SignatureComponent, SignedRequest, SignedResponse } from './signature-component.ts'

type Fields = Readonly<Record<string, string>>

/** A message of RFC 9421, Appendix B.2. */
function parseMessage(text: string): SignedRequest | SignedResponse {
  const [head = '', ...rest] = text.split('\n')
  const lines = rest.slice(0, rest.indexOf('')).map((line) => /^([^:]+): (.*)$/.exec(line) ?? [])
  const fields: Fields = Object.fromEntries(lines.map(([, name = '', value = '']) => [name.toLowerCase(), value]))
  const fieldLines = (name: string): readonly string[] => (fields[name] === undefined ? [] : [fields[name]])
  const [first = '', second = ''] = head.split(' ')
  if (first.startsWith('HTTP/')) return { status: Number(second), fieldLines }
  return { method: first, targetUri: `https://${fields['host']}${second}`, fieldLines }
}

function parseComponents(signatureInput: string): readonly SignatureComponent[] {
  return [...signatureInput.matchAll(/"([^"]+)"(?:;name="([^"]+)")?(?=[ )])/g)].map(([, name = '', queryParam]) =>
    queryParam === undefined ? { name } : { name, queryParam },
  )
}

const digestErratum =
  'sha-512=:JlEy2bfUz7WrWIjc1qV6KVLpdr/7L5/L4h7Sxvh6sNHpDQWDCL+GauFQWcZBvVDhiyOnAQsxzZFYwi0wDH+1pw==:'
const digest = formatContentDigest('sha-512', createHash('sha512').update('{"message": "good dog"}').digest())
const messages: Readonly<Record<string, SignedRequest | SignedResponse>> = {
  'test-request': parseMessage(vectors.messages['test-request']),
  // The archived text shows a digest that is not the one of its content, but signs the right one.
  'test-response': parseMessage(vectors.messages['test-response'].replace(digestErratum, digest)),
}

const { keys } = vectors
const publicKey = (jwk: JsonWebKey): KeyObject => createPublicKey({ key: jwk, format: 'jwk' })
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }
const verifiers: Readonly<Record<string, (base: Buffer, signature: Buffer) => boolean>> = {
  'rsa-pss-sha512': (base, signature) =>
    verify('sha512', base, { key: publicKey(keys['test-key-rsa-pss']), ...pss }, signature),
  'ecdsa-p256-sha256': (base, signature) =>
    verify('sha256', base, { key: publicKey(keys['test-key-ecc-p256']), dsaEncoding: 'ieee-p1363' }, signature),
  ed25519: (base, signature) => verify(null, base, publicKey(keys['test-key-ed25519']), signature),
  'hmac-sha256': (base, signature) =>
    createHmac('sha256', Buffer.from(keys['test-shared-secret'].k, 'base64url'))
      .update(base)
      .digest()
      .equals(signature),
}

describe('RFC 9421, Appendix B.2', () => {
  test('all of its vectors are here', () => {
    expect(vectors.vectors.map(({ label }) => label)).toEqual([1, 2, 3, 4, 5, 6].map((number) => `sig-b2${number}`))
  })

  for (const { name, label, alg, message, signatureInput, ...vector } of vectors.vectors) {
    test(`${label}: ${name}`, () => {
      const components = parseComponents(signatureInput)
      const signatureParams = signatureInput.slice(label.length + 1)
      const base = signatureBase(components, signatureParams, messages[message] as SignedRequest)
      expect(base).toBe(vector.signatureBase)
      const signature = Buffer.from(vector.signatureB64, 'base64')
      expect(verifiers[alg]?.(Buffer.from(base ?? ''), signature)).toBe(true)
      expect(verifiers[alg]?.(Buffer.from(`${base} `), signature)).toBe(false)
      expect(formatSignature(signature)).toBe(`${signatureTag}=${vector.signature.slice(label.length + 1)}`)
    })

    test(`${label}: "@signature-params" as written here`, () => {
      const pairs = [...signatureInput.matchAll(/;(created|keyid|nonce|tag)=(?:"([^"]*)"|([0-9]+))/g)]
      const params = Object.fromEntries(pairs.map(([, key = '', string, integer]) => [key, string ?? Number(integer)]))
      const written = formatSignatureParams(parseComponents(signatureInput), params)
      expect(`${label}=${written}`).toBe(signatureInput)
    })
  }
})

describe('http-message-signatures from npm', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ed25519 = createPrivateKey({ key: keys['test-key-ed25519'], format: 'jwk' })
  const secret = createSecretKey(randomBytes(32))
  const signers = {
    'hmac-sha256': (base: string) => createHmac('sha256', secret).update(base).digest(),
    'ecdsa-p256-sha256': (base: string) =>
      sign('sha256', Buffer.from(base), { key: privateKey, dsaEncoding: 'ieee-p1363' }),
    ed25519: (base: string) => sign(null, Buffer.from(base), ed25519),
  } as const
  const peerKeys = { 'hmac-sha256': secret, 'ecdsa-p256-sha256': privateKey, ed25519 } as const

  const url = 'https://api.example/transfers?to=b%20c&amount=1'
  const headers: Readonly<Record<string, string | string[]>> = {
    authorization: 'Bearer abc.def.ghi',
    'content-digest': 'sha-256=:abc=:',
    'x-two': ['a ', ' b'],
  }
  const ours: SignedRequest = {
    method: 'POST',
    targetUri: url,
    fieldLines: (name) => [headers[name] ?? []].flat(),
  }
  const components = [...requestComponents('with-body'), { name: 'x-two' }, { name: '@query-param', queryParam: 'to' }]
  const fields = components.map(({ name, ...rest }) => ('queryParam' in rest ? `${name};name="to"` : name))
  const params = {
    created: 1_700_000_000,
    expires: 1_700_000_060,
    nonce: 'a "quoted\\" nonce',
    keyid: 'k',
  }

  for (const alg of ['hmac-sha256', 'ecdsa-p256-sha256', 'ed25519'] as const) {
    const peerKey = { id: 'k', ...createSigner(peerKeys[alg], alg) }

    test(`${alg}: it verifies what we sign`, async () => {
      const signatureParams = formatSignatureParams(components, { ...params, alg, tag: signatureTag })
      const base = signatureBase(components, signatureParams, ours) ?? ''
      const signed = {
        'Signature-Input': formatSignatureInput(signatureParams),
        Signature: formatSignature(signers[alg](base)),
      }
      const verified = await httpbis.verifyMessage(
        {
          keyLookup: async () => ({ id: 'k', algs: [alg], verify: createVerifier(peerKeys[alg], alg) }),
          notAfter: params.created,
          // It compares with the time of the machine.
          tolerance: 1e9,
        },
        { method: 'POST', url, headers: { ...headers, ...signed } },
      )
      expect(verified).toBe(true)
    })

    test(`${alg}: we make the base that it signs`, async () => {
      const { created, expires, ...others } = params
      const signed = await httpbis.signMessage(
        {
          key: peerKey,
          name: 'countersign',
          fields,
          params: ['created', 'expires', 'nonce', 'keyid', 'alg', 'tag'],
          paramValues: {
            ...others,
            tag: signatureTag,
            created: new Date(created * 1000),
            expires: new Date(expires * 1000),
          },
        },
        { method: 'POST', url, headers },
      )
      const signatureParams = formatSignatureParams(components, { ...params, alg, tag: signatureTag })
      const written: Readonly<Record<string, string | string[]>> = signed.headers
      expect(written['Signature-Input']).toBe(formatSignatureInput(signatureParams))
      const base = Buffer.from(signatureBase(components, signatureParams, ours) ?? '')
      const signature = Buffer.from(`${written['Signature']}`.slice('countersign=:'.length, -1), 'base64')
      expect(await createVerifier(peerKeys[alg], alg)(base, signature)).toBe(true)
    })
  }
})

test('what is not there to be signed makes no base', () => {
  const request: SignedRequest = { method: 'GET', targetUri: 'https://a.example/', fieldLines: () => [] }
  expect(signatureBase(requestComponents('without-body'), '()', request)).toBeUndefined()
})

for (const { name, value } of [
  { name: 'more than ASCII', value: 'é' },
  { name: 'a line break', value: 'a\nb' },
  { name: 'a fraction', value: 1.5 },
  { name: 'more than 15 digits', value: 1e15 },
  { name: 'no number', value: Number.NaN },
]) {
  test(`a parameter cannot be ${name}`, () => {
    expect(() => formatSignatureParams([], { nonce: value })).toThrow(TypeError)
  })
}
