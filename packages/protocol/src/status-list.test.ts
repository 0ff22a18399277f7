import { deflateSync, inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import {
  emptyStatusBits,
  isStatusRevoked,
  parseStatusClaim,
  parseStatusList,
  revokeStatus,
  statusClaim,
  statusListBase,
  statusListClaims,
  statusListSize,
} from './status-list.ts'

const pack = (bits: Uint8Array): string => deflateSync(bits, { level: 9 }).toString('base64url')
const unpack = (text: string, maxBytes: number): Uint8Array | undefined => {
  try {
    return inflateSync(Buffer.from(text, 'base64url'), { maxOutputLength: maxBytes })
  } catch {
    return undefined
  }
}

const uri = 'https://id.example/oauth/status/0'
const facts = { uri, issuedAt: 1000, expiresAt: 1060, ttlSeconds: 2 }

test('the lowest bit of a byte comes first, compressed as the example of §4.1 is', () => {
  const statuses = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
  const bits = new Uint8Array(2)
  for (const [idx, status] of statuses.entries()) if (status === 1) revokeStatus(bits, idx)
  expect(bits).toEqual(Uint8Array.of(0xb9, 0xa3))
  expect(statusListClaims({ ...facts, bits }, pack).status_list).toEqual({ bits: 1, lst: 'eNrbuRgAAhcBXQ' })
  expect(statuses.map((_, idx) => Number(isStatusRevoked(bits, idx)))).toEqual(statuses)
})

test('a list comes back as it was written', () => {
  const bits = emptyStatusBits()
  for (const idx of [0, 9, 77_777, statusListSize - 1]) revokeStatus(bits, idx)
  const claims = statusListClaims({ ...facts, bits }, pack)
  expect(claims).toMatchObject({ sub: uri, iat: 1000, exp: 1060, ttl: 2 })
  const read = parseStatusList({ ...claims }, unpack)
  expect(read).toMatchObject(facts)
  const revoked = Array.from({ length: statusListSize }, (_, idx) => idx).filter((idx) =>
    isStatusRevoked(read!.bits, idx),
  )
  expect(revoked).toEqual([0, 9, 77_777, statusListSize - 1])
})

test('a place beyond the end of a list is not said to be good', () => {
  expect(isStatusRevoked(emptyStatusBits(), statusListSize - 1)).toBe(false)
  for (const idx of [statusListSize, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    expect(isStatusRevoked(emptyStatusBits(), idx)).toBeUndefined()
  }
})

for (const { statusIndex, idx, list } of [
  { statusIndex: 0, idx: 0, list: 0 },
  { statusIndex: statusListSize - 1, idx: statusListSize - 1, list: 0 },
  { statusIndex: statusListSize, idx: 0, list: 1 },
  { statusIndex: 5 * statusListSize + 7, idx: 7, list: 5 },
]) {
  test(`place ${statusIndex} is place ${idx} of list ${list}`, () => {
    const claim = statusClaim('https://id.example/', statusIndex)
    expect(claim).toEqual({ status_list: { idx, uri: `https://id.example/oauth/status/${list}` } })
    expect(parseStatusClaim(claim)).toEqual({ idx, uri: `${statusListBase('https://id.example')}${list}` })
  })
}

for (const claim of [
  null,
  'status',
  [],
  {},
  { status_list: null },
  { status_list: { idx: 1 } },
  { status_list: { uri } },
  { status_list: { idx: '1', uri } },
  { status_list: { idx: -1, uri } },
  { status_list: { idx: 1.5, uri } },
  { status_list: { idx: 2 ** 60, uri } },
  { status_list: { idx: 1, uri: 7 } },
]) {
  test(`the claim ${JSON.stringify(claim)} refers to nothing`, () => {
    expect(parseStatusClaim(claim)).toBeUndefined()
  })
}

const good = statusListClaims({ ...facts, bits: emptyStatusBits() }, pack)

for (const { name, change } of [
  { name: 'no subject', change: { sub: undefined } },
  { name: 'no time of issue', change: { iat: undefined } },
  { name: 'no end', change: { exp: undefined } },
  { name: 'no time to live', change: { ttl: undefined } },
  { name: 'no time left to live', change: { ttl: 0 } },
  { name: 'a time to live that is a text', change: { ttl: '2' } },
  { name: 'no list', change: { status_list: undefined } },
  { name: 'a list that is a text', change: { status_list: good.status_list.lst } },
  { name: 'two bits for each place', change: { status_list: { ...good.status_list, bits: 2 } } },
  { name: 'no bits', change: { status_list: { bits: 1 } } },
  { name: 'bits that are not compressed', change: { status_list: { bits: 1, lst: 'AAAA' } } },
  {
    name: 'fewer places than a list has',
    change: { status_list: { bits: 1, lst: pack(new Uint8Array(statusListSize / 8 - 1)) } },
  },
  {
    name: 'more places than a list has',
    change: { status_list: { bits: 1, lst: pack(new Uint8Array(statusListSize / 8 + 1)) } },
  },
]) {
  test(`claims with ${name} are no list`, () => {
    expect(parseStatusList({ ...good, ...change }, unpack)).toBeUndefined()
  })
}
