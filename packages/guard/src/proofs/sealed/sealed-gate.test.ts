import { hash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { makeKey, noon } from '../../guard.fixture.ts'
import { maxBodyBytes } from '../../guard-request.ts'
import type { GuardRequest } from '../../guard-request.ts'
import type { GuardOptions } from '../../guard.ts'
import { proofMaker } from '../dpop/dpop.fixture.ts'
import { mintSessionToken, origin, sessionKey, setUpSessionGuard } from '../session-keys.fixture.ts'
import { signRequest, withField } from '../signature/signature.fixture.ts'
import { openAnswer, sealRequest, sealText } from './sealed.fixture.ts'
import type { SealChanges } from './sealed.fixture.ts'

const [issuerKey, client] = await Promise.all([makeKey('k1'), proofMaker()])
const token = mintSessionToken(issuerKey)
const good = (changes?: SealChanges): Promise<GuardRequest & { readonly sealed: string }> =>
  sealRequest(token, sessionKey('seal-req'), changes)

function setUp(options: Partial<GuardOptions> = {}) {
  const { guard, clock } = setUpSessionGuard(issuerKey, options)
  return { guard, clock, admit: guard.forRoute({ sealed: true }) }
}

describe('a sealed request', () => {
  for (const { name, changes, text, contentType } of [
    { name: 'JSON', changes: {}, text: '{"amount":1}', contentType: 'application/json' },
    {
      name: 'text',
      changes: { body: 'ñandú', facts: { contentType: 'text/plain; charset=utf-8' } },
      text: 'ñandú',
      contentType: 'text/plain; charset=utf-8',
    },
    { name: 'bytes without a type', changes: { body: 'x', facts: { contentType: undefined } }, text: 'x' },
    { name: 'nothing', changes: { body: '' }, text: '' },
    { name: 'nothing, with GET', changes: { method: 'GET', body: '' }, text: '' },
    { name: 'nothing, with GET and a body', changes: { method: 'GET', body: '', inField: false }, text: '' },
    {
      name: 'something, with GET',
      changes: { method: 'GET', body: 'x', inField: false },
      text: 'x',
      contentType: 'application/json',
    },
    {
      name: 'from a clock that is ahead a little',
      changes: { facts: { issuedAt: noon + 5 } },
      text: '{"amount":1}',
      contentType: 'application/json',
    },
    {
      name: 'from a minute ago, by a clock that is behind',
      changes: { facts: { issuedAt: noon - 65 } },
      text: '{"amount":1}',
      contentType: 'application/json',
    },
    {
      name: 'in another order of "crit"',
      changes: { header: { crit: ['cs_ath', 'cs_htu', 'cs_htm', 'cs_dir'] } },
      text: '{"amount":1}',
      contentType: 'application/json',
    },
    {
      name: 'with its type in other letters',
      changes: { fields: ['content-type', 'Application/JOSE'] },
      text: '{"amount":1}',
      contentType: 'application/json',
    },
  ] as readonly { name: string; changes: SealChanges; text: string; contentType?: string }[]) {
    test(`is opened: ${name}`, async () => {
      const { body, contentType: type } = await setUp().admit(await good(changes))
      expect(Buffer.from(body!).toString()).toBe(text)
      expect(type).toBe(contentType)
    })
  }

  test('is opened at the limit, byte for byte', async () => {
    const bytes = Buffer.alloc(maxBodyBytes, 7)
    expect((await setUp().admit(await good({ body: bytes }))).body).toEqual(bytes)
  })

  test('comes in a web Request as well', async () => {
    const { admit } = setUp()
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/jose' }
    const { sealed } = await good()
    const { body } = await admit(new Request(`${origin}/transfers?to=bob`, { method: 'POST', headers, body: sealed }))
    expect(Buffer.from(body!).toString()).toBe('{"amount":1}')
    const field = await sealText(token, sessionKey('seal-req'), { method: 'GET', body: '' })
    const inField = { authorization: `Bearer ${token}`, 'sealed-request': field }
    expect((await admit(new Request(`${origin}/transfers?to=bob`, { headers: inField }))).body?.byteLength).toBe(0)
  })

  test('may be for a token that is bound to a key, and comes with its proof', async () => {
    const cnf = { jkt: client.jkt }
    const bound = mintSessionToken(issuerKey, { cnf })
    const proof = client.makeProof({ accessToken: bound, claims: { htm: 'POST', htu: `${origin}/transfers` } })
    const fields = ['Content-Type', 'application/jose', 'DPoP', proof]
    const request = await sealRequest(bound, sessionKey('seal-req', { cnf }), {
      authorization: `DPoP ${bound}`,
      fields,
    })
    const { guard } = setUp()
    const { body } = await guard.admit(request, { sealed: true, proof: 'dpop' })
    expect(Buffer.from(body!).toString()).toBe('{"amount":1}')
  })

  test('may be signed too: the sealed text is', async () => {
    const { guard } = setUp()
    const demands = { sealed: true, proof: 'signature' } as const
    const body = await sealText(token, sessionKey('seal-req'))
    const fields = { 'Content-Type': 'application/jose' }
    const signed = signRequest(token, sessionKey('sig'), { body, fields })
    expect(Buffer.from((await guard.admit(signed, demands)).body!).toString()).toBe('{"amount":1}')
    const again = signRequest(token, sessionKey('sig'), { body, fields })
    await expect(guard.admit(again, demands)).rejects.toMatchObject({ code: 'sealed_replayed' })
  })
})

describe('sealed in a field, and signed', () => {
  const demands = { sealed: true, proof: 'signature' } as const
  const sign = (sealed: string): GuardRequest =>
    signRequest(token, sessionKey('sig'), {
      ...{ method: 'GET', body: '', fields: { 'Sealed-Request': sealed } },
      components: ['@method', '@target-uri', 'authorization', 'sealed-request'],
    })
  const sealEmpty = (): Promise<string> => sealText(token, sessionKey('seal-req'), { method: 'GET', body: '' })

  test('the field is signed', async () => {
    expect((await setUp().guard.admit(sign(await sealEmpty()), demands)).body?.byteLength).toBe(0)
  })

  test('and cannot be exchanged for another: signature_invalid', async () => {
    const request = withField(sign(await sealEmpty()), 'Sealed-Request', [await sealEmpty()])
    await expect(setUp().guard.admit(request, demands)).rejects.toMatchObject({ code: 'signature_invalid' })
  })

  test('nor left out of what is signed: signature_component_missing', async () => {
    const { rawHeaders, ...request } = signRequest(token, sessionKey('sig'), { method: 'GET', body: '' })
    const unsigned = { ...request, rawHeaders: [...rawHeaders, 'Sealed-Request', await sealEmpty()] }
    await expect(setUp().guard.admit(unsigned, demands)).rejects.toMatchObject({ code: 'signature_component_missing' })
  })
})

describe('its answer', () => {
  const answer = { status: 201, contentType: 'text/plain', body: Buffer.from('thanks') }

  test('is sealed for this request, by another key', async () => {
    const { admit, clock } = setUp()
    const request = await good()
    const { seal } = await admit(request)
    clock.now = noon + 1.5
    const { header, text } = await openAnswer(seal!(answer), sessionKey('seal-res'))
    expect(text).toBe('thanks')
    expect(Object.entries(header)).toEqual([
      ['alg', 'dir'],
      ['enc', 'A256CBC-HS512'],
      ['typ', 'countersign-sealed+jwe'],
      ['cty', 'text/plain'],
      ['crit', ['cs_dir', 'cs_req', 'cs_status']],
      ['cs_dir', 'res'],
      ['cs_req', hash('sha256', request.sealed, 'base64url')],
      ['cs_status', 201],
      ['iat', noon + 1],
    ])
    await expect(openAnswer(seal!(answer), sessionKey('seal-req'))).rejects.toThrow()
  })

  test('may be empty, and is sealed all the same', async () => {
    const { seal } = await setUp().admit(await good())
    const { header, text } = await openAnswer(
      seal!({ status: 204, contentType: undefined, body: new Uint8Array() }),
      sessionKey('seal-res'),
    )
    expect({ text, status: header['cs_status'], hasType: 'cty' in header }).toEqual({
      text: '',
      status: 204,
      hasType: false,
    })
  })
})

describe('a sealed request is spent', () => {
  test('once, by its token and nonce', async () => {
    const { admit } = setUp()
    const nonce = 'nonce-of-16-bytes'
    await admit(await good({ facts: { nonce } }))
    await admit(await good({ facts: { nonce: `${nonce}2` } }))
    await expect(admit(await good({ facts: { nonce } }))).rejects.toMatchObject({
      code: 'sealed_replayed',
      status: 401,
    })
    const jti = 'token-2'
    await admit(
      await sealRequest(mintSessionToken(issuerKey, { jti }), sessionKey('seal-req', { jti }), { facts: { nonce } }),
    )
  })

  test('only when all else holds', async () => {
    const { guard, admit } = setUp()
    const request = await good()
    await expect(guard.admit(request, { sealed: true, scope: 'admin' })).rejects.toMatchObject({
      code: 'insufficient_scope',
    })
    await expect(admit({ ...request, method: 'PUT' })).rejects.toMatchObject({ code: 'sealed_mismatch' })
    await admit(request)
  })

  test('and refused where the store’s memory begins later than it was made', async () => {
    const replay = { bornAt: noon - 5, spend: () => 'spent' as const }
    await expect(setUp({ replay }).admit(await good())).rejects.toMatchObject({ code: 'replay_store_reset' })
  })
})

describe('what makes no sense is the caller’s mistake', () => {
  for (const name of ['origin', 'sessionSecrets']) {
    test(`the demand without "${name}"`, () => {
      expect(() => setUp({ [name]: undefined })).toThrow(TypeError)
    })
  }

  test('the demand of `authenticate`, which could not seal the answer', async () => {
    const { guard } = setUp()
    await expect(guard.authenticate(await good(), { sealed: true })).rejects.toThrow(TypeError)
  })

  test('a request that cannot read its body', async () => {
    const { readBody: _, ...request } = await good()
    await expect(setUp().admit(request)).rejects.toThrow(TypeError)
  })
})
