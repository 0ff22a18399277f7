import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { nextCommand } from './next-command.ts'

beforeEach(() => vi.stubEnv('npm_command', undefined))
afterEach(() => vi.unstubAllEnvs())

test('a command is the words as they are', () => {
  expect(nextCommand('apis', 'secret', 'https://bank.example', '--dev')).toBe(
    'countersign apis secret https://bank.example --dev',
  )
})

test('where npm runs it, it begins with npx', () => {
  vi.stubEnv('npm_command', 'exec')
  expect(nextCommand('serve', '--dev')).toBe('npx countersign serve --dev')
})

test('what a shell would read otherwise is quoted', () => {
  expect(nextCommand('call', 'https://bank.example/?a=1&b=$(id)')).toBe(
    "countersign call 'https://bank.example/?a=1&b=$(id)'",
  )
  expect(nextCommand('--data', "Ann's data", '')).toBe(String.raw`countersign --data 'Ann'\''s data' ''`)
})
