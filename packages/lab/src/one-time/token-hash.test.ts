import { compare, hash } from 'bcryptjs'
import { expect, test } from 'vitest'

import { hashToken, matchesTokenHash } from './token-hash.ts'

const shared = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1c2VyMTIzIiwianRpIjoiMjQ'

test('two tokens that share their first 72 bytes are told apart', async () => {
  expect(shared).toHaveLength(72)
  const stored = await hashToken(`${shared}one`)
  expect(await matchesTokenHash(`${shared}one`, stored)).toBe(true)
  expect(await matchesTokenHash(`${shared}two`, stored)).toBe(false)
})

test('bcrypt of the tokens themselves would take one for the other', async () => {
  expect(await compare(`${shared}two`, await hash(`${shared}one`, 4))).toBe(true)
})

test('the stored form is bcrypt of cost 8', async () => {
  expect(await hashToken('token')).toMatch(/^\$2[aby]\$08\$/)
})
