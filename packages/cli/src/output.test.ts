import { expect, test } from 'vitest'
import { createOutput, visible } from './output.ts'

const hostile = 'x\u001b[2J\u009b2J\u202e\r\u0007'

test('what others named cannot speak to the terminal, in lines or in tables', () => {
  let printed = ''
  const output = createOutput(false, (text) => (printed += text))
  output.answer({}, [`name ${hostile}`, 'two\nlines'])
  output.list([{ name: hostile }], ['name'], 'none')
  expect(printed).not.toMatch(/[^\P{C}\n]/u)
  expect(printed).toContain('name x\\u{1b}[2J\\u{9b}2J\\u{202e}\\u{d}\\u{7}\ntwo\nlines\n')
})

test('nor write a line of its own', () => {
  expect(visible('robin\n2026-01-01  key.revoked')).toBe('robin\\u{a}2026-01-01  key.revoked')
})

test('letters of all scripts stay as they are', () => {
  expect(visible('Ñandú – 日本語 – العربية – 🦦')).toBe('Ñandú – 日本語 – العربية – 🦦')
})

test('programs get the text itself', () => {
  let printed = ''
  createOutput(true, (text) => (printed += text)).answer({ name: hostile }, [])
  expect(JSON.parse(printed)).toEqual({ name: hostile })
})
