import { describe, expect, test } from 'vitest'
import {
  parseSealedRequestHeader,
  parseSealedResponseHeader,
  sealedRequestHeader,
  sealedResponseHeader,
} from './sealed-body.ts'
import type { SealedRequestFacts, SealedResponseFacts } from './sealed-body.ts'

const hash = 'A'.repeat(43)
const algorithms = { alg: 'dir', enc: 'A256CBC-HS512' }
const request: SealedRequestFacts = {
  contentType: 'application/json',
  method: 'POST',
  targetUri: 'https://api.example/a?b',
  accessTokenHash: hash,
  issuedAt: 1_700_000_000,
  nonce: 'n'.repeat(16),
}
const response: SealedResponseFacts = { contentType: 'text/plain', requestHash: hash, status: 200, issuedAt: 1 }

test('a request has its members in their order', () => {
  expect(JSON.stringify({ ...algorithms, ...sealedRequestHeader(request) })).toBe(
    `{"alg":"dir","enc":"A256CBC-HS512","typ":"countersign-sealed+jwe","cty":"application/json",` +
      `"crit":["cs_dir","cs_htm","cs_htu","cs_ath"],"cs_dir":"req","cs_htm":"POST","cs_htu":"https://api.example/a?b",` +
      `"cs_ath":"${hash}","iat":1700000000,"nonce":"nnnnnnnnnnnnnnnn"}`,
  )
})

test('an answer has its members in their order', () => {
  expect(JSON.stringify({ ...algorithms, ...sealedResponseHeader(response) })).toBe(
    `{"alg":"dir","enc":"A256CBC-HS512","typ":"countersign-sealed+jwe","cty":"text/plain",` +
      `"crit":["cs_dir","cs_req","cs_status"],"cs_dir":"res","cs_req":"${hash}","cs_status":200,"iat":1}`,
  )
})

const made: Readonly<Record<'req' | 'res', Readonly<Record<string, unknown>>>> = {
  req: { ...algorithms, ...sealedRequestHeader(request) },
  res: { ...algorithms, ...sealedResponseHeader(response) },
}
const parse = (direction: 'req' | 'res', header: object): object | undefined =>
  (direction === 'req' ? parseSealedRequestHeader : parseSealedResponseHeader)({ ...header })

test('what was made is read', () => {
  expect(parse('req', made.req)).toEqual(request)
  expect(parse('res', made.res)).toEqual(response)
  const { cty: _, ...empty } = made.req
  expect(parse('req', empty)).toEqual({ ...request, contentType: undefined })
})

test('neither direction is read as the other', () => {
  expect(parse('req', made.res)).toBeUndefined()
  expect(parse('res', made.req)).toBeUndefined()
})

for (const direction of ['req', 'res'] as const) {
  describe(direction, () => {
    const header = made[direction]
    const critical = header['crit'] as readonly string[]
    for (const name of Object.keys(header).filter((name) => name !== 'cty')) {
      test(`is not read without "${name}"`, () => {
        const { [name]: _, ...others } = header
        expect(parse(direction, others)).toBeUndefined()
      })
      for (const value of [null, true, {}, [], -1, 1.5, '', 'x'.repeat(200), ['x']]) {
        if (value === 'x'.repeat(200) && ['cs_htm', 'cs_htu'].includes(name)) continue
        test(`is not read with "${name}" as ${JSON.stringify(value).slice(0, 20)}`, () => {
          expect(parse(direction, { ...header, [name]: value })).toBeUndefined()
        })
      }
    }

    for (const { name, changed } of [
      { name: 'an unknown member', changed: { x: 1 } },
      { name: 'a key ID', changed: { kid: 'k' } },
      { name: 'compression', changed: { zip: 'DEF' } },
      { name: 'another direction', changed: { cs_dir: direction === 'req' ? 'res' : 'req' } },
      {
        name: 'the other direction’s members too',
        changed: direction === 'req' ? { cs_status: 200 } : { nonce: 'n'.repeat(16) },
      },
      { name: 'one critical member too few', changed: { crit: critical.slice(1) } },
      { name: 'one critical member too many', changed: { crit: [...critical, 'iat'] } },
      { name: 'a critical member twice', changed: { crit: critical.map(() => 'cs_dir') } },
      { name: 'a media type of two lines', changed: { cty: 'text/plain\r\nX: y' } },
      { name: 'no media type', changed: { cty: '' } },
    ]) {
      test(`is not read with ${name}`, () => expect(parse(direction, { ...header, ...changed })).toBeUndefined())
    }
  })
}
