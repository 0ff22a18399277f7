import { hash } from 'node:crypto'
import { createSigner, httpbis } from 'http-message-signatures'
import { formatContentDigest } from '@countersign/protocol'
import { describe, expect, test } from 'vitest'
import { makeKey, mintAccessToken, noon } from '../../guard.fixture.ts'
import type { GuardError } from '../../guard-error.ts'
import type { GuardRequest } from '../../guard-request.ts'
import type { GuardOptions } from '../../guard.ts'
import { proofMaker } from '../dpop/dpop.fixture.ts'
import { mintSessionToken, origin, sessionKey, setUpSessionGuard } from '../session-keys.fixture.ts'
import { signRequest, withField } from './signature.fixture.ts'
import type { SignChanges } from './signature.fixture.ts'

const [issuerKey, client, edwards] = await Promise.all([makeKey('k1'), proofMaker(), proofMaker('Ed25519')])
const token = mintSessionToken(issuerKey)
const good = (changes?: SignChanges): GuardRequest => signRequest(token, sessionKey('sig'), changes)

function setUp(options: Partial<GuardOptions> = {}) {
  const { guard, clock } = setUpSessionGuard(issuerKey, options)
  return { guard, clock, admit: guard.forRoute({ proof: 'signature' }) }
}

function digests(...algorithms: readonly ('sha-256' | 'sha-512')[]): string {
  const hashOf = (algorithm: string): Buffer => hash(algorithm.replace('-', ''), '{"amount":1}', 'buffer')
  return algorithms.map((algorithm) => formatContentDigest(algorithm, hashOf(algorithm))).join(', ')
}

const list = '("@method" "@target-uri" "authorization" "content-digest")'
const nonce = 'nonce-of-16-bytes'

describe('with the session key', () => {
  test('the handler gets the bytes whose digest was signed, and their type', async () => {
    const components = ['@method', '@target-uri', 'authorization', 'content-digest', 'content-type']
    const { body, contentType, grant, seal } = await setUp().admit(good({ components }))
    expect(Buffer.from(body!).toString()).toBe('{"amount":1}')
    expect({ contentType, subject: grant.subject, seal }).toEqual({
      contentType: 'application/json',
      subject: 'user-1',
    })
  })

  test('a type that was not signed is not passed on: anybody on the way can say another', async () => {
    const { body, contentType } = await setUp().admit(good())
    expect(Buffer.from(body!).toString()).toBe('{"amount":1}')
    expect(contentType).toBeUndefined()
  })

  test('a request without content is signed without a digest', async () => {
    const { body, contentType } = await setUp().admit(good({ method: 'GET', body: '' }))
    expect({ length: body?.byteLength, contentType }).toEqual({ length: 0, contentType: undefined })
  })

  for (const { name, changes } of [
    {
      name: 'components in another order, and more of them',
      changes: {
        components: ['content-type', 'authorization', 'content-digest', '@target-uri', '@method', 'date'],
        fields: { Date: 'today' },
      },
    },
    {
      name: 'parameters in another order',
      changes: {
        signatureParams: `${list};tag="countersign";alg="hmac-sha256";nonce="${nonce}";keyid="token-1";expires=${noon + 1};created=${noon}`,
      },
    },
    { name: 'a digest with SHA-512', changes: { fields: { 'Content-Digest': digests('sha-512') } } },
    { name: 'both digests', changes: { fields: { 'Content-Digest': digests('sha-512', 'sha-256') } } },
    {
      name: 'both digests, on two lines',
      changes: { fields: { 'Content-Digest': [digests('sha-512'), digests('sha-256')] } },
    },
    {
      name: 'a digest of an unknown kind beside ours',
      changes: { fields: { 'Content-Digest': `${digests('sha-256')}, crc32c=:AAAA:` } },
    },
    {
      name: 'the digest of no content',
      changes: {
        body: '',
        components: ['@method', '@target-uri', 'authorization', 'content-digest'],
        fields: { 'Content-Digest': formatContentDigest('sha-256', hash('sha256', '', 'buffer')) },
      },
    },
    {
      name: 'encoded content, as what it is encoded',
      changes: {
        components: ['@method', '@target-uri', 'authorization', 'content-digest', 'content-encoding'],
        fields: { 'Content-Encoding': 'gzip' },
      },
    },
    {
      name: 'the key of a call that may come again, covered',
      changes: {
        components: ['@method', '@target-uri', 'authorization', 'content-digest', 'idempotency-key'],
        fields: { 'Idempotency-Key': 'order-17' },
      },
    },
    { name: 'another label', changes: { label: 'sig1' } },
    { name: 'a nonce with quotes in it', changes: { params: { nonce: String.raw`"nonce"\of\16\bytes` } } },
    { name: 'the longest life', changes: { params: { expires: noon + 300 } } },
    { name: 'binary content', changes: { body: Uint8Array.of(0, 255, 13, 10), fields: { 'Content-Type': 'x/y' } } },
    { name: 'a clock that is ahead a little', changes: { params: { created: noon + 5 } } },
    { name: 'a clock that is behind a little', changes: { params: { created: noon - 60, expires: noon - 4 } } },
  ] as readonly { name: string; changes: SignChanges }[]) {
    test(`is taken: ${name}`, async () => {
      expect((await setUp().admit(good(changes))).grant.subject).toBe('user-1')
    })
  }

  test('signatures of others, for others, are left alone', async () => {
    const { rawHeaders, ...request } = good()
    const [input, signature] = [`proxy=("@status";req);created=1;tag="proxy"`, 'proxy=:AAAA:']
    const before = { ...request, rawHeaders: ['Signature-Input', input, 'Signature', signature, ...rawHeaders] }
    expect((await setUp().admit(before)).grant.subject).toBe('user-1')
  })

  test('it comes in a web Request as well', async () => {
    const { rawHeaders, method, url, readBody } = good()
    const headers = Array.from({ length: rawHeaders.length / 2 }, (_, at) => rawHeaders.slice(2 * at, 2 * at + 2))
    const body = Buffer.from(await readBody!())
    const request = new Request(origin + url, { method, headers: headers as [string, string][], body })
    expect(Buffer.from((await setUp().admit(request)).body!).toString()).toBe('{"amount":1}')
  })

  test('a target in another spelling is the same target', async () => {
    const { admit } = setUp()
    const signed = good({ target: '/transfers/%C3%A9?to=~bob' })
    expect((await admit({ ...signed, url: '/transfers/%c3%a9?to=%7Ebob' })).grant.subject).toBe('user-1')
  })

  test('the key of a token that comes again is the same, and of another token another', async () => {
    const { admit } = setUp()
    for (const jti of ['token-1', 'token-2', 'token-1']) {
      const other = mintSessionToken(issuerKey, { jti })
      const request = signRequest(other, sessionKey('sig', { jti }), { params: { keyid: jti } })
      expect((await admit(request)).grant.tokenId).toBe(jti)
    }
  })

  test('secrets can be changed: each token has the one of its version', async () => {
    const old = mintSessionToken(issuerKey, { cs_key: 6 })
    const request = signRequest(old, sessionKey('sig', {}, Buffer.alloc(32, 41)))
    expect((await setUp().admit(request)).grant.subject).toBe('user-1')
  })

  test('no content is read before the signature holds', async () => {
    let read = 0
    const readBody = async (): Promise<Uint8Array> => (read++, Buffer.from('{"amount":1}'))
    const request = { ...good(), readBody }
    await expect(setUp().admit({ ...request, method: 'PUT' })).rejects.toMatchObject({ code: 'signature_invalid' })
    expect(read).toBe(0)
    await setUp().admit(request)
    expect(read).toBe(1)
  })
})

describe('with the key of the DPoP proof', () => {
  for (const { alg, maker } of [
    { alg: 'ecdsa-p256-sha256', maker: client },
    { alg: 'ed25519', maker: edwards },
  ] as const) {
    const bound = mintAccessToken(issuerKey, { cnf: { jkt: maker.jkt } })
    const sign = (changes: SignChanges = {}): GuardRequest =>
      signRequest(bound, Buffer.alloc(0), {
        authorization: `DPoP ${bound}`,
        key: maker.key,
        ...changes,
        params: { alg, keyid: maker.jkt, ...changes.params },
        fields: {
          DPoP: maker.makeProof({ accessToken: bound, claims: { htm: 'POST', htu: `${origin}/transfers` } }),
          ...changes.fields,
        },
      })

    test(`${alg}: the request is taken, and needs no secret`, async () => {
      const { admit } = setUp({ sessionSecrets: {} })
      expect(Buffer.from((await admit(sign())).body!).toString()).toBe('{"amount":1}')
    })

    test(`${alg}: the proof does not replace the signature, nor the signature the proof`, async () => {
      const { admit } = setUp()
      const withoutSignature = sign({ fields: { Signature: null, 'Signature-Input': null } })
      await expect(admit(withoutSignature)).rejects.toMatchObject({ code: 'signature_required' })
      await expect(admit(sign({ fields: { DPoP: null } }))).rejects.toMatchObject({ code: 'dpop_proof_required' })
    })
  }

  test('a bound token with session keys is signed with either', async () => {
    const cnf = { jkt: client.jkt }
    const bound = mintSessionToken(issuerKey, { cnf })
    const proof = client.makeProof({ accessToken: bound, claims: { htm: 'POST', htu: `${origin}/transfers` } })
    const request = signRequest(bound, sessionKey('sig', { cnf }), {
      authorization: `DPoP ${bound}`,
      fields: { DPoP: proof },
    })
    expect((await setUp().admit(request)).grant.subject).toBe('user-1')
  })
})

describe('where the proof of a key is demanded beside it', () => {
  const cnf = { jkt: client.jkt }
  const bound = mintSessionToken(issuerKey, { cnf })
  const demands = { proof: ['dpop', 'signature'] } as const
  const sign = (changes: SignChanges): GuardRequest =>
    signRequest(bound, sessionKey('sig', { cnf }), {
      authorization: `DPoP ${bound}`,
      fields: { DPoP: client.makeProof({ accessToken: bound, claims: { htm: 'POST', htu: `${origin}/transfers` } }) },
      ...changes,
    })
  const byProofKey = { key: client.key, params: { alg: 'ecdsa-p256-sha256', keyid: client.jkt } }

  test('the signature is by that key', async () => {
    expect(Buffer.from((await setUp().guard.admit(sign(byProofKey), demands)).body!).toString()).toBe('{"amount":1}')
  })

  test('whoever saw the token and its session keys come, but has no private key, changes nothing: signature_algorithm_refused', async () => {
    const { guard } = setUp()
    const forged = sign({ body: '{"amount":10000}' })
    const expected = { code: 'signature_algorithm_refused', status: 401 }
    await expect(guard.admit(forged, demands)).rejects.toMatchObject(expected)
    await expect(guard.admit(forged, { proof: ['signature', 'dpop'] })).rejects.toMatchObject(expected)
    expect((await guard.admit(forged, { proof: 'signature' })).grant.subject).toBe('user-1')
  })
})

test('http-message-signatures from npm signs what is taken', async () => {
  const id = 'token-1'
  const headers = { Authorization: `Bearer ${token}`, 'Content-Digest': digests('sha-256', 'sha-512') }
  const message = { method: 'POST', url: `${origin}/transfers?to=bob`, headers }
  const signed = await httpbis.signMessage(
    {
      key: createSigner(Buffer.from(sessionKey('sig')), 'hmac-sha256', id),
      fields: ['@method', '@target-uri', 'authorization', 'content-digest'],
      params: ['created', 'expires', 'nonce', 'keyid', 'alg', 'tag'],
      paramValues: { created: new Date(noon * 1000), expires: new Date((noon + 60) * 1000), nonce, tag: 'countersign' },
    },
    message,
  )
  const readBody = async (): Promise<Uint8Array> => Buffer.from('{"amount":1}')
  const rawHeaders = Object.entries(signed.headers).flat()
  const request = { method: 'POST', url: '/transfers?to=bob', rawHeaders, readBody }
  expect((await setUp().admit(request)).grant.subject).toBe('user-1')
})

describe('a signature is spent', () => {
  test('once, by its key and nonce', async () => {
    const { admit } = setUp()
    await admit(good({ params: { nonce } }))
    await admit(good({ params: { nonce: `${nonce}2` } }))
    await expect(admit(good({ params: { nonce } }))).rejects.toMatchObject({ code: 'signature_replayed', status: 401 })
    const other = mintSessionToken(issuerKey, { jti: 'token-2' })
    await admit(signRequest(other, sessionKey('sig', { jti: 'token-2' }), { params: { nonce, keyid: 'token-2' } }))
  })

  test('only when all else holds', async () => {
    const { guard, admit } = setUp()
    const request = good()
    await expect(guard.admit(request, { proof: 'signature', scope: 'admin' })).rejects.toMatchObject({
      code: 'insufficient_scope',
    })
    const tampered = { ...request, readBody: async () => Buffer.from('{"amount":9}') }
    await expect(admit(tampered)).rejects.toMatchObject({ code: 'digest_mismatch' })
    await admit(request)
  })

  test('not by a request that is refused for its DPoP proof: it comes again with another, and once', async () => {
    const bound = mintAccessToken(issuerKey, { cnf: { jkt: client.jkt } })
    const { guard } = setUp({ dpopNonce: 'required' })
    const signed = signRequest(bound, Buffer.alloc(0), {
      ...{ authorization: `DPoP ${bound}`, key: client.key },
      params: { alg: 'ecdsa-p256-sha256', keyid: client.jkt },
    })
    const admit = (claims: object): Promise<unknown> => {
      const proof = client.makeProof({
        accessToken: bound,
        claims: { htm: 'POST', htu: `${origin}/transfers`, ...claims },
      })
      return guard.admit(withField(signed, 'DPoP', [proof]), { proof: ['dpop', 'signature'] })
    }
    const refusal: unknown = await admit({}).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'dpop_nonce_required' })
    const { 'DPoP-Nonce': nonce } = (refusal as GuardError).headers
    await expect(admit({ nonce, jti: 'one' })).resolves.toMatchObject({ grant: { subject: 'user-1' } })
    await expect(admit({ nonce, jti: 'one' })).rejects.toMatchObject({ code: 'dpop_proof_replayed' })
    await expect(admit({ nonce, jti: 'two' })).rejects.toMatchObject({ code: 'signature_replayed' })
  })

  test('before a single-use token, which a replayed signature does not burn', async () => {
    const { admit } = setUp()
    const once = mintSessionToken(issuerKey, { single_use: true })
    const sign = (params: NonNullable<SignChanges['params']>): GuardRequest =>
      signRequest(once, sessionKey('sig'), { params })
    await admit(good({ params: { nonce } }))
    await expect(admit(sign({ nonce }))).rejects.toMatchObject({ code: 'signature_replayed' })
    await admit(sign({ nonce: `${nonce}2` }))
    await expect(admit(sign({ nonce: `${nonce}3` }))).rejects.toMatchObject({ code: 'token_replayed' })
  })

  test('and refused where the store’s memory begins later than it was made', async () => {
    const replay = { bornAt: noon - 5, spend: () => 'spent' as const }
    await expect(setUp({ replay }).admit(good())).rejects.toMatchObject({ code: 'replay_store_reset' })
    expect(() => setUp({ replay: undefined } as never)).toThrow(TypeError)
  })
})

test('without the demand, what is signed is not looked at', async () => {
  const { guard } = setUp()
  const { body, contentType } = await guard.admit({ ...good(), method: 'PUT' })
  expect({ body, contentType }).toEqual({ body: undefined, contentType: undefined })
})

describe('what makes no sense is the caller’s mistake', () => {
  test('the demand without an origin', () => {
    expect(() => setUp({ origin: undefined } as never)).toThrow(TypeError)
  })

  test('a request that cannot read its body', async () => {
    const { readBody: _, ...request } = good()
    await expect(setUp().admit(request)).rejects.toThrow(TypeError)
  })

  for (const secret of [
    '',
    'AAAA',
    `${'A'.repeat(43)}=`,
    'A'.repeat(44),
    `${'A'.repeat(42)}B`,
    Buffer.alloc(31).toString('base64url'),
  ]) {
    test(`a secret of ${secret.length} characters that are not 32 bytes`, () => {
      expect(() => setUp({ sessionSecrets: { 1: secret } })).toThrow(TypeError)
    })
  }
})
