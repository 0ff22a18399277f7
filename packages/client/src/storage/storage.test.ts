import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect, promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeSession } from '../client.fixture.ts'
import { importSessionKeys, seal, signWithProofKey, unseal } from '../crypto.ts'
import { sessionName } from './client-storage.ts'
import type { ClientStorage } from './client-storage.ts'
import { fileStorage } from './file-storage.ts'
import { memoryStorage } from './memory-storage.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-client-'))
  path = join(folder, 'config', 'session.json')
})
afterEach(() => rm(folder, { recursive: true }))

const storages: Readonly<Record<string, () => ClientStorage>> = {
  memory: () => memoryStorage(),
  file: () => fileStorage(path),
}

const data = new TextEncoder().encode('data')

async function add(storage: ClientStorage, resource: string) {
  const session = { ...(await makeSession(storage.exportsKeys)), resource }
  const name = sessionName(session)
  await storage.exclusively(name, () => storage.write(name, session))
  return { session, name }
}

describe.each(Object.entries(storages))('%s storage', (_name, open) => {
  test('keeps sessions by name, and their keys work', async () => {
    const storage = open()
    expect(await storage.list()).toEqual([])
    const { session, name } = await add(storage, 'https://one.example')
    await add(storage, 'https://two.example')
    const kept = await storage.read(name)
    const { proofKey: _, ...rest } = session
    expect(kept).toMatchObject(JSON.parse(JSON.stringify(rest)))
    const signature = await signWithProofKey(kept!.proofKey, data)
    const ecdsa = { name: 'ECDSA', hash: 'SHA-256' }
    expect(await crypto.subtle.verify(ecdsa, session.proofKey.publicKey, signature, data)).toBe(true)
    expect((await storage.list()).map((each) => each.resource).sort()).toEqual([
      'https://one.example',
      'https://two.example',
    ])
    await storage.exclusively(name, () => storage.remove(name))
    expect(await storage.read(name)).toBeUndefined()
    expect(await storage.list()).toHaveLength(1)
  })

  test('keeps session keys', async () => {
    const storage = open()
    const bytes = new Uint8Array(64)
    const raw = { signing: bytes.slice(0, 32), sealing: bytes, opening: bytes }
    const sessionKeys = await importSessionKeys(raw, storage.exportsKeys)
    const { session, name } = await add(storage, 'https://one.example')
    const accessToken = { ...session.accessToken, sessionKeys }
    await storage.exclusively(name, () => storage.write(name, { ...session, accessToken }))
    const kept = (await storage.read(name))?.accessToken.sessionKeys
    expect(await unseal(kept!.opening, await seal(kept!.sealing, data, data), data)).toEqual(data)
  })

  test('lets one act at a time, and the next one after a failure', async () => {
    const storage = open()
    const happened: string[] = []
    const act = (name: string, failure?: Error) => async () => {
      happened.push(`${name} begins`)
      await new Promise((resolve) => setImmediate(resolve))
      happened.push(`${name} ends`)
      if (failure !== undefined) throw failure
    }
    const [first] = await Promise.allSettled([
      storage.exclusively('x', act('one', new Error('no'))),
      storage.exclusively('x', act('two')),
    ])
    expect(first.status).toBe('rejected')
    expect(happened).toEqual(['one begins', 'one ends', 'two begins', 'two ends'])
  })
})

describe('file storage', () => {
  test('is for its owner only, and leaves nothing else behind', async () => {
    await add(fileStorage(path), 'https://one.example')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700)
    expect(await readdir(join(path, '..'))).toEqual(['session.json'])
  })

  test('two of them on one file wait for one another and lose nothing', async () => {
    const names = ['one', 'two', 'three', 'four', 'five', 'six']
    await Promise.all(names.map((name) => add(fileStorage(path), `https://${name}.example`)))
    expect(await fileStorage(path).list()).toHaveLength(names.length)
  })

  test('takes over the lock of a process that died', async () => {
    await add(fileStorage(path), 'https://one.example')
    // No process has such a number: Linux ends at 4194304.
    await mkdir(`${path}.claims`)
    const namespace = /\d+/.exec(await readlink('/proc/self/ns/pid').catch(() => '0'))![0]
    await writeFile(join(`${path}.claims`, `99999999-0-${namespace}-${crypto.randomUUID()}`), '')
    const names = ['two', 'three', 'four']
    await Promise.all(names.map((name) => add(fileStorage(path), `https://${name}.example`)))
    expect(await fileStorage(path).list()).toHaveLength(4)
    expect(await readdir(join(path, '..'))).toEqual(['session.json'])
  })

  test.runIf(process.platform !== 'win32')('refuses a file that others may read: storage_failed', async () => {
    const storage = fileStorage(path)
    const { name } = await add(storage, 'https://one.example')
    await chmod(path, 0o644)
    const refused = { code: 'storage_failed', message: expect.stringContaining(`chmod 600 ${path}`) }
    await expect(storage.read(name)).rejects.toMatchObject(refused)
    await expect(storage.list()).rejects.toMatchObject(refused)
  })

  test.for([
    '',
    '{',
    '[]',
    'null',
    '{"version":2,"sessions":{}}',
    '{"version":1}',
    '{"version":1,"sessions":null}',
    '{"version":1,"sessions":[]}',
    '{"version":1,"sessions":{"a":null}}',
  ])('refuses a file that holds "%s": storage_failed, and does not overwrite it', async (text) => {
    const storage = fileStorage(path)
    await add(storage, 'https://one.example')
    await writeFile(path, text)
    await expect(storage.list()).rejects.toMatchObject({ code: 'storage_failed' })
    await expect(add(storage, 'https://two.example')).rejects.toMatchObject({ code: 'storage_failed' })
    expect(await readFile(path, 'utf8')).toBe(text)
  })

  test.for([
    { what: 'a key that is none', text: '{"version":1,"sessions":{"a":{"k":{"jwk":{"alg":"ES256","d":"secret"}}}}}' },
    { what: 'a key of another kind', text: '{"version":1,"sessions":{"a":{"k":{"jwk":{"alg":"secret"}}}}}' },
    { what: 'what is cut off within a key', text: '{"version":1,"sessions":{"a":{"k":{"jwk":{"d":"secret' },
    { what: 'a slip within a key', text: '{"version":1,"sessions":{"a":{"d":"ab" secret"}}}' },
  ])('refuses a file with $what: storage_failed, without a word of it', async ({ text }) => {
    const storage = fileStorage(path)
    await add(storage, 'https://one.example')
    await writeFile(path, text)
    for (const read of [() => storage.list(), () => storage.read('a')]) {
      const error: unknown = await read().catch((refusal: unknown) => refusal)
      expect(error).toMatchObject({ name: 'ClientError', code: 'storage_failed' })
      expect(inspect(error)).not.toContain('secret')
    }
  })

  // In processes of their own: what tries for ever keeps a thread busy that nothing ends.
  test.runIf(process.platform === 'linux').for(['/proc/nothing/here/session.json', '/proc/session.json'])(
    'says so at once where nothing can be made: %s, storage_failed',
    async (unusable) => {
      const module = JSON.stringify(new URL('file-storage.ts', import.meta.url).href)
      const script = `
        const { fileStorage } = await import(${module})
        const refusal = await fileStorage('${unusable}').exclusively('a', async () => undefined).catch((error) => error)
        process.stdout.write(refusal.code + ': ' + refusal.message)`
      const args = ['--conditions=source', '--input-type=module', '--eval', script]
      const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 10_000, killSignal: 'SIGKILL' })
      expect(stdout).toBe(`storage_failed: ${unusable} cannot be used to keep sessions: ENOENT`)
    },
  )

  test('says which file cannot be written: storage_failed', async () => {
    await writeFile(join(folder, 'config'), 'not a folder')
    await expect(add(fileStorage(path), 'https://one.example')).rejects.toMatchObject({
      code: 'storage_failed',
      message: expect.stringContaining(path),
    })
  })
})
