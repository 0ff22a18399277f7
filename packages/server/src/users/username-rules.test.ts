import { expect, test } from 'vitest'
import { checkEmail, checkUsername } from './username-rules.ts'

for (const { name, username, rule } of [
  { name: 'three characters', username: 'ann' },
  { name: '64 characters', username: 'a'.repeat(64) },
  { name: '64 characters of two UTF-16 units', username: '𐌀'.repeat(64) },
  { name: 'a name in another script', username: 'Ἀριστοτέλης' },
  { name: 'an e-mail address', username: 'ann@example.com' },
  { name: 'a space between two words', username: 'Ann Smith' },
  { name: 'a decomposed letter', username: 'Rene\u0301' },
  { name: 'two characters', username: 'an', rule: 'length' },
  { name: 'no character', username: '', rule: 'length' },
  { name: '65 characters', username: 'a'.repeat(65), rule: 'length' },
  { name: 'one character that normalises to eighteen', username: '\ufdfa'.repeat(4), rule: 'length' },
  { name: 'a megabyte', username: '\ufdfa'.repeat(1_000_000), rule: 'length' },
  { name: 'a NUL', username: 'an\0n', rule: 'characters' },
  { name: 'a line feed', username: 'an\nn', rule: 'characters' },
  { name: 'a zero-width space', username: 'an\u200bn', rule: 'characters' },
  { name: 'a right-to-left override', username: 'an\u202en', rule: 'characters' },
  { name: 'a byte order mark', username: '\ufeffann', rule: 'characters' },
  { name: 'a soft hyphen', username: 'an\u00adn', rule: 'characters' },
  { name: 'a Hangul filler, which is a letter and drawn as nothing', username: 'ann\u3164', rule: 'characters' },
  { name: 'a variation selector', username: 'ann\ufe0f', rule: 'characters' },
  { name: 'a lone surrogate', username: 'ann\ud800', rule: 'characters' },
  { name: 'a private-use character', username: 'ann\ue000', rule: 'characters' },
  { name: 'a leading space', username: ' ann', rule: 'whiteSpace' },
  { name: 'a trailing space', username: 'ann ', rule: 'whiteSpace' },
  { name: 'a trailing no-break space', username: 'ann\u00a0', rule: 'whiteSpace' },
  { name: 'two spaces', username: 'ann  smith', rule: 'whiteSpace' },
  { name: 'a line separator', username: 'ann\u2028smith', rule: 'whiteSpace' },
]) {
  test(`a username with ${name} is ${rule === undefined ? 'taken' : `refused: ${rule}`}`, () => {
    expect(checkUsername(username)?.rule).toBe(rule)
  })
}

for (const { email, taken } of [
  { email: 'ann@example.com', taken: true },
  { email: 'ann+tag@mail.example', taken: true },
  { email: 'ann@localhost', taken: true },
  { email: 'ann', taken: false },
  { email: '@example.com', taken: false },
  { email: 'ann@', taken: false },
  { email: 'ann@example.com.', taken: false },
  { email: 'ann@bob@example.com', taken: false },
  { email: 'ann @example.com', taken: false },
  { email: 'ann\0@example.com', taken: false },
  { email: `${'a'.repeat(65)}@example.com`, taken: false },
  { email: `ann@${'a'.repeat(250)}.com`, taken: false },
]) {
  test(`an e-mail address of the form ${JSON.stringify(email.slice(0, 40))} is ${taken ? 'taken' : 'refused'}`, () => {
    expect(checkEmail(email)?.rule).toBe(taken ? undefined : 'form')
  })
}
