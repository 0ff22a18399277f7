import { expect, test } from 'vitest'
import { checkPassword } from './password-rules.ts'

const ann = { username: 'annabel', email: 'bel.smith@example.com' }

for (const { name, password, rule } of [
  { name: 'eight characters', password: 'kx7qplm2' },
  { name: 'eight characters of two UTF-16 units', password: '𐌀𐌁𐌂𐌃𐌄𐌅𐌆𐌇' },
  { name: '128 characters', password: 'correct horse battery staple ok '.repeat(4) },
  { name: 'one kind of character only', password: 'quietmountainriver' },
  { name: 'spaces at both ends', password: ' wr3nch-opal ' },
  { name: 'a line feed', password: 'wr3nch\nopal' },
  { name: 'seven characters', password: 'kx7qplm', rule: 'minLength' },
  { name: 'seven characters of two UTF-16 units', password: '𐌀𐌁𐌂𐌃𐌄𐌅𐌆', rule: 'minLength' },
  { name: 'no character', password: '', rule: 'minLength' },
  { name: '129 characters', password: 'x'.repeat(129), rule: 'maxLength' },
  { name: 'a NUL', password: 'wr3nch\0opal', rule: 'nul' },
  { name: 'a lone surrogate', password: 'wr3nch\ud800opal', rule: 'encoding' },
  { name: 'a place among the most common', password: 'password1', rule: 'common' },
  { name: 'a common one in capitals', password: 'PASSWORD1', rule: 'common' },
  { name: 'digits in a row', password: '123456789', rule: 'common' },
  { name: 'the username', password: 'annabel-2026', rule: 'context' },
  { name: 'the username in capitals', password: 'xxANNABELxx', rule: 'context' },
  { name: 'the username in full-width letters', password: 'ａｎｎａｂｅｌ77', rule: 'context' },
  { name: "the e-mail address's local part", password: 'bel.smith77', rule: 'context' },
  { name: 'the e-mail address', password: 'bel.smith@example.com', rule: 'context' },
  { name: "the product's name", password: 'Countersign-77', rule: 'context' },
]) {
  test(`a password with ${name} is ${rule === undefined ? 'taken' : `refused: ${rule}`}`, async () => {
    expect((await checkPassword(password, ann))?.rule).toBe(rule)
  })
}

test('a name of three letters may be part of a password', async () => {
  expect(await checkPassword('channel-tunnel-77', { username: 'ann', email: null })).toBeUndefined()
})

test('the local part of a username that is an e-mail address may not', async () => {
  const breach = await checkPassword('xx-annabel-xx', { username: 'annabel@example.com', email: null })
  expect(breach?.rule).toBe('context')
})
