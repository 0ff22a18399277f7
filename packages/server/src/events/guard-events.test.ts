import { describe, expect, test } from 'vitest'
import { longestAudience } from '../store/records.ts'
import { readGuardEvents, toAuditEvent } from './guard-events.ts'
import type { GuardEvent } from './guard-events.ts'

const now = 1_800_000_000
const audience = 'https://orders.example'
const plain: GuardEvent = { type: 'replayed', at: now - 1, audience }
const whole: GuardEvent = {
  ...plain,
  ...{ at: now - 0.25, code: 'token_replayed', tokenId: 't1', subject: 'u1', clientId: 'c1', keyId: 'k1' },
}

test('events are read as they are', () => {
  const body = { events: [plain, whole] }
  expect(readGuardEvents(body)).toEqual(body)
  const many = { events: Array.from({ length: 100 }, () => plain) }
  expect(readGuardEvents(many)).toEqual(many)
})

for (const { name, body, problems } of [
  { name: 'nothing', body: undefined, problems: ['events required'] },
  { name: 'no events', body: {}, problems: ['events required'] },
  { name: 'one event that is no list', body: { events: plain }, problems: ['events type'] },
  { name: 'an empty list', body: { events: [] }, problems: ['events length'] },
  { name: '101 events', body: { events: Array.from({ length: 101 }, () => plain) }, problems: ['events length'] },
  { name: 'a member beside them', body: { events: [plain], more: 1 }, problems: ['more unknown'] },
  { name: 'a text among them', body: { events: [plain, 'x'] }, problems: ['events.1 type'] },
  { name: 'null among them', body: { events: [null] }, problems: ['events.0 type'] },
  { name: 'a list among them', body: { events: [[plain]] }, problems: ['events.0 type'] },
  ...[
    { change: { type: undefined }, problem: 'type required' },
    { change: { type: 'deleted' }, problem: 'type form' },
    { change: { type: ['replayed'] }, problem: 'type form' },
    { change: { at: undefined }, problem: 'at required' },
    { change: { at: `${now}` }, problem: 'at form' },
    { change: { at: Number.NaN }, problem: 'at form' },
    { change: { at: -1 }, problem: 'at form' },
    { change: { at: Infinity }, problem: 'at form' },
    { change: { audience: undefined }, problem: 'audience required' },
    { change: { audience: '' }, problem: 'audience form' },
    { change: { audience: [audience] }, problem: 'audience form' },
    { change: { code: 'Token Replayed' }, problem: 'code form' },
    { change: { code: 'x'.repeat(65) }, problem: 'code form' },
    { change: { code: null }, problem: 'code form' },
    { change: { tokenId: 7 }, problem: 'tokenId form' },
    { change: { subject: 'a\nb' }, problem: 'subject form' },
    { change: { clientId: 'x'.repeat(257) }, problem: 'clientId form' },
    { change: { keyId: '\u202e' }, problem: 'keyId form' },
    { change: { token: 'eyJ' }, problem: 'token unknown' },
    { change: { ['toString']: 'x' }, problem: 'toString unknown' },
  ].map(({ change, problem }) => ({
    name: `an event with ${JSON.stringify(change)}: ${problem}`,
    body: { events: [{ ...whole, ...change }] },
    problems: [`events.0.${problem}`],
  })),
]) {
  test(`refuses ${name}`, () => {
    const read = readGuardEvents(body)
    expect('problems' in read && read.problems.map(({ field, rule }) => `${field} ${rule}`)).toEqual(problems)
  })
}

test('takes events of the longest audience that an API may have', () => {
  const longest = 'urn:'.padEnd(longestAudience, 'x')
  expect(readGuardEvents({ events: [{ ...plain, audience: longest }] })).toHaveProperty('events')
  expect(readGuardEvents({ events: [{ ...plain, audience: `${longest}x` }] })).toMatchObject({
    problems: [{ field: 'events.0.audience', rule: 'form' }],
  })
})

test('of many problems the first twenty are told, and no value', () => {
  const body = { events: Array.from({ length: 100 }, () => ({ secret: 'value' })) }
  const read = readGuardEvents(body)
  expect('problems' in read && read.problems).toHaveLength(20)
  expect(JSON.stringify(read)).not.toContain('value')
})

describe('the audit trail', () => {
  const from = { reporter: 'orders-api', address: '192.0.2.7', clock: () => now }

  test('has what was refused, by whom it was told, and when each was', () => {
    expect(toAuditEvent(whole, from)).toMatchObject({
      ...{ at: now, type: 'guard.replayed', actor: 'client:orders-api', address: '192.0.2.7' },
      ...{ userId: 'u1', clientId: 'c1', grantId: null },
      detail: { audience, refused_at: now - 0.25, code: 'token_replayed', token_id: 't1', key_id: 'k1' },
    })
  })

  test('has nobody where a client acted for itself, or nobody is known', () => {
    expect(toAuditEvent({ ...plain, subject: 'c1', clientId: 'c1' }, from)).toMatchObject({
      userId: null,
      clientId: 'c1',
    })
    expect(toAuditEvent(plain, from)).toMatchObject({ userId: null, clientId: null, detail: { audience } })
  })
})
