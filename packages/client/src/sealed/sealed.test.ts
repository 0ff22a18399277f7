import { sealedResponseHeader } from '@countersign/protocol'
import { compactDecrypt, CompactEncrypt, decodeProtectedHeader } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { utf8 } from '../base64url.ts'
import { importSessionKeys, sha256Text } from '../crypto.ts'
import type { SessionKeys } from '../crypto.ts'
import { openAnswer } from './open-answer.ts'
import { sealRequest } from './seal-request.ts'
import type { ClearRequest } from './seal-request.ts'

const raw = {
  signing: new Uint8Array(32),
  sealing: crypto.getRandomValues(new Uint8Array(64)),
  opening: crypto.getRandomValues(new Uint8Array(64)),
}
const now = 1_800_000_000
const clear: ClearRequest = {
  method: 'POST',
  url: new URL('https://api.example/pay?to=b%6Fb'),
  contentType: 'application/json',
  body: utf8('{"amount":5}'),
  accessToken: 'at-1',
  now,
}
let keys: SessionKeys
beforeAll(async () => (keys = await importSessionKeys(raw, false)))

describe('a sealed request', () => {
  test('others open it with the same key, and it says which request it belongs to', async () => {
    const jwe = await sealRequest(clear, keys.sealing)
    const { plaintext } = await compactDecrypt(jwe, raw.sealing, { crit: criticalForJose('req') })
    expect(new TextDecoder().decode(plaintext)).toBe('{"amount":5}')
    expect(Object.entries(decodeProtectedHeader(jwe))).toEqual([
      ['alg', 'dir'],
      ['enc', 'A256CBC-HS512'],
      ['typ', 'countersign-sealed+jwe'],
      ['cty', 'application/json'],
      ['crit', ['cs_dir', 'cs_htm', 'cs_htu', 'cs_ath']],
      ['cs_dir', 'req'],
      ['cs_htm', 'POST'],
      ['cs_htu', 'https://api.example/pay?to=bob'],
      ['cs_ath', await sha256Text('at-1')],
      ['iat', now],
      ['nonce', expect.stringMatching(/^[\w-]{43}$/)],
    ])
  })

  test('an empty body is sealed as an empty one, which has no type', async () => {
    const jwe = await sealRequest({ ...clear, body: undefined }, keys.sealing)
    expect((await compactDecrypt(jwe, raw.sealing, { crit: criticalForJose('req') })).plaintext).toHaveLength(0)
    expect(decodeProtectedHeader(jwe)).not.toHaveProperty('cty')
  })

  test('a mebibyte is the most: body_too_large', async () => {
    const largest = new Uint8Array(1024 * 1024)
    await expect(sealRequest({ ...clear, body: largest }, keys.sealing)).resolves.toMatch(/^eyJ/)
    const larger = new Uint8Array(1024 * 1024 + 1)
    await expect(sealRequest({ ...clear, body: larger }, keys.sealing)).rejects.toMatchObject({
      code: 'body_too_large',
    })
  })

  test('HEAD has no answer to seal: sealed_request_refused', async () => {
    await expect(sealRequest({ ...clear, method: 'HEAD', body: undefined }, keys.sealing)).rejects.toMatchObject({
      code: 'sealed_request_refused',
    })
  })
})

const request = 'the.sealed.request'
interface Answer {
  readonly header?: Readonly<Record<string, unknown>>
  readonly key?: Uint8Array
  readonly text?: string
  readonly status?: number
  readonly sealedStatus?: number
  readonly contentType?: string
  /** Changes the JWE on its way. */
  readonly change?: (jwe: string) => string
}

/** As the guard seals it, but by jose. */
async function answer(options: Answer = {}): Promise<Response> {
  const {
    key = raw.opening,
    text = 'paid',
    status = 200,
    sealedStatus = status,
    change = (jwe: string) => jwe,
  } = options
  const facts = {
    contentType: 'text/plain',
    requestHash: await sha256Text(request),
    status: sealedStatus,
    issuedAt: now,
  }
  const header: object = { alg: 'dir', enc: 'A256CBC-HS512', ...sealedResponseHeader(facts), ...options.header }
  const jwe = await new CompactEncrypt(utf8(text))
    .setProtectedHeader(Object.fromEntries(Object.entries(header).filter(([, value]) => value !== undefined)) as never)
    .encrypt(key, { crit: criticalForJose('res') })
  const headers = { 'content-type': options.contentType ?? 'application/jose', 'x-request-id': '7' }
  return new Response(change(jwe), { status, headers })
}

function criticalForJose(direction: 'req' | 'res') {
  const names = direction === 'req' ? ['cs_dir', 'cs_htm', 'cs_htu', 'cs_ath'] : ['cs_dir', 'cs_req', 'cs_status']
  return Object.fromEntries(names.map((name) => [name, true]))
}

const flip = (part: number) => (jwe: string) =>
  jwe
    .split('.')
    .map((text, index) => (index === part ? `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}` : text))
    .join('.')

describe('a sealed answer', () => {
  test('is opened: status, type and body are those in the seal', async () => {
    const opened = await openAnswer(await answer({ status: 201 }), request, keys.opening)
    expect([opened.status, await opened.text()]).toEqual([201, 'paid'])
    expect(opened.headers.get('content-type')).toBe('text/plain')
    expect(opened.headers.get('x-request-id')).toBe('7')
  })

  test('a status without a body travels as 200', async () => {
    const opened = await openAnswer(await answer({ sealedStatus: 204, text: '' }), request, keys.opening)
    expect([opened.status, opened.body, opened.ok]).toEqual([204, null, true])
  })

  test('a sealed refusal is opened too, a clear one passed on', async () => {
    const opened = await openAnswer(await answer({ status: 409, text: 'gone' }), request, keys.opening)
    expect([opened.status, await opened.text()]).toEqual([409, 'gone'])
    const passed = await openAnswer(new Response('no', { status: 401 }), request, keys.opening)
    expect([passed.status, await passed.text()]).toEqual([401, 'no'])
  })

  for (const { name, given, code = 'sealed_answer_refused' } of [
    { name: 'success in the clear', given: { contentType: 'application/json' }, code: 'sealed_answer_clear' },
    { name: 'success without a type', given: { contentType: '' }, code: 'sealed_answer_clear' },
    { name: 'a redirect in the clear', given: { contentType: 'text/html', status: 302 }, code: 'sealed_answer_clear' },
    { name: 'another key', given: { key: raw.sealing } },
    { name: 'a changed header', given: { change: flip(0) } },
    { name: 'a changed vector', given: { change: flip(2) } },
    { name: 'a changed text', given: { change: flip(3) } },
    { name: 'a changed tag', given: { change: flip(4) } },
    { name: 'a tag cut short', given: { change: (jwe: string) => jwe.slice(0, -22) } },
    { name: 'an encrypted key', given: { change: (jwe: string) => jwe.replace('..', '.AAAA.') } },
    { name: 'a part too many', given: { change: (jwe: string) => `${jwe}.AAAA` } },
    { name: 'a part too few', given: { change: (jwe: string) => jwe.slice(0, jwe.lastIndexOf('.')) } },
    { name: 'other characters', given: { change: (jwe: string) => jwe.replace('..', '..=') } },
    { name: 'nothing', given: { change: () => '' } },
    { name: 'the answer to another request', given: { header: { cs_req: 'A'.repeat(43) } } },
    { name: 'a request as its own answer', given: { header: { cs_dir: 'req' } } },
    { name: 'another type', given: { header: { typ: 'JWE' } } },
    { name: 'nothing critical', given: { header: { crit: undefined } } },
    { name: 'too little that is critical', given: { header: { crit: ['cs_dir', 'cs_req'] } } },
    { name: 'a status that was changed on the way', given: { status: 200, sealedStatus: 402 } },
    { name: 'a refusal made of a success', given: { status: 500, sealedStatus: 200 } },
    { name: 'a status that is none', given: { header: { cs_status: '200' } } },
    { name: 'an unknown member', given: { header: { zzz: 1 } } },
  ]) {
    test(`refused: ${name}: ${code}`, async () => {
      await expect(openAnswer(await answer(given), request, keys.opening)).rejects.toMatchObject({
        name: 'ClientError',
        code,
      })
    })
  }
})
