import { expect, test } from 'vitest'
import { readNewPassword, readPassword } from './password-input.ts'

/** Somebody at a terminal who types these, one for each question. */
function person(...answers: readonly string[]) {
  const left = [...answers]
  const asked: string[] = []
  return {
    asked,
    ask: async (message: string): Promise<string> => {
      asked.push(message)
      return left.shift() ?? ''
    },
  }
}

test('a new password is asked for twice', async () => {
  const { asked, ask } = person('green lantern', 'green lantern')
  expect(await readNewPassword('prompt', ask)).toBe('green lantern')
  expect(asked).toEqual(['Password', 'The same password again'])
})

test('two that differ are refused, and neither is said', async () => {
  const refused = readNewPassword('prompt', person('green lantern', 'green lantren').ask)
  await expect(refused).rejects.toThrow(/^the two passwords are not the same; nothing was done$/)
})

test('a password that is known is asked for once', async () => {
  const { asked, ask } = person('green lantern')
  expect(await readPassword('prompt', ask)).toBe('green lantern')
  expect(asked).toEqual(['Password'])
})
