import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decryptJwe, encryptJwe } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'
import { describe, expect, test } from 'vitest'
import { parseMasterKey, readMasterKey } from './master-key.ts'

const bytes = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7))
const devKey = (dataFolder: string): Key => readMasterKey({ masterKey: undefined, dev: true, dataFolder })
const newFolder = async () => join(await mkdtemp(join(tmpdir(), 'countersign-keys-')), 'data')

function isSameKey(a: Key, b: Key): boolean {
  const token = encryptJwe('text', a, { enc: 'A256GCM' })
  return decryptJwe(token, b).plaintext.toString() === 'text'
}

describe('a master key', () => {
  test('is 32 bytes, in hex or base64url', () => {
    const key = parseMasterKey(bytes.toString('hex'))
    expect(key).toMatchObject({ alg: 'dir', kind: 'secret' })
    expect(isSameKey(key, parseMasterKey(bytes.toString('hex').toUpperCase()))).toBe(true)
    expect(isSameKey(key, parseMasterKey(bytes.toString('base64url')))).toBe(true)
  })

  for (const [what, text] of [
    ['nothing', ''],
    ['a short one', bytes.subarray(1).toString('hex')],
    ['a long one', `${bytes.toString('hex')}00`],
    ['a password', 'correct horse battery staple'],
    ['white space around it', `${bytes.toString('hex')}\n`],
    ['padded base64', bytes.toString('base64')],
  ] as const) {
    test(`is not ${what}, and the refusal says how to make one and nothing of what was given`, () => {
      expect(() => parseMasterKey(text)).toThrow(
        expect.objectContaining({
          name: 'KeyRingError',
          code: 'master_key_malformed',
          message: expect.stringContaining('openssl rand -hex 32'),
        }),
      )
    })
  }

  test('of the settings is used where there is one; only a development server gets its own', async () => {
    const dataFolder = await newFolder()
    const given = readMasterKey({ masterKey: bytes.toString('hex'), dev: true, dataFolder })
    expect(isSameKey(given, parseMasterKey(bytes.toString('hex')))).toBe(true)
    expect(() => readMasterKey({ masterKey: undefined, dev: false, dataFolder })).toThrow(
      expect.objectContaining({ code: 'master_key_malformed' }),
    )
    expect(devKey(dataFolder)).toMatchObject({ alg: 'dir', kind: 'secret' })
  })
})

describe('a development master key', () => {
  test('is made once, for its owner only', async () => {
    const dataFolder = await newFolder()
    expect(isSameKey(devKey(dataFolder), devKey(dataFolder))).toBe(true)
    expect(await readdir(dataFolder)).toEqual(['dev-master-key'])
    const modes = [dataFolder, join(dataFolder, 'dev-master-key')].map(async (path) => (await stat(path)).mode & 0o777)
    expect(await Promise.all(modes)).toEqual([0o700, 0o600])
    expect((await readFile(join(dataFolder, 'dev-master-key'), 'utf8')).trim()).toHaveLength(64)
  })

  test('that is damaged is refused, not replaced', async () => {
    const dataFolder = await newFolder()
    devKey(dataFolder)
    await writeFile(join(dataFolder, 'dev-master-key'), 'damaged')
    expect(() => devKey(dataFolder)).toThrow(expect.objectContaining({ code: 'master_key_malformed' }))
  })

  test('needs a data folder that can be written', async () => {
    const dataFolder = await newFolder()
    await writeFile(dataFolder, 'a file')
    expect(() => devKey(dataFolder)).toThrow(expect.objectContaining({ code: 'master_key_unreadable' }))
  })
})
