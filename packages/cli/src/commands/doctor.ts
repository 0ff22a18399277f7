/** `countersign doctor`: looks for what would keep the server from working, and says how to mend it. */

import { stat } from 'node:fs/promises'
import { openStore, openKeyRings, readMasterKey, SettingsError, systemClock } from '@countersign/server'
import type { Settings, Store } from '@countersign/server'
import type { Command } from 'commander'
import { describeError } from '../failure.ts'
import { serveCommand } from '../issuer-fetch.ts'
import { createOutput, formatInstant } from '../output.ts'
import { readSettings, storeCommand } from '../settings-options.ts'
import { wrap } from '../wrap.ts'

export function addDoctorCommand(program: Command): void {
  storeCommand(program, 'doctor', 'Checks settings, store, keys and clock, and says how to mend what is wrong.').action(
    async (options: { readonly json?: true }, command: Command) => {
      const findings = await examine(command)
      const healthy = findings.every(({ result }) => result !== 'wrong')
      createOutput(options.json === true).answer({ healthy, findings }, [
        ...findings.flatMap(({ check, result, fact, mend }) => [
          ...wrap(`${marks[result]} ${check.padEnd(9)} ${fact}`, 100, 12),
          ...(mend === undefined ? [] : [`  ${' '.repeat(9)} mend: ${mend}`]),
        ]),
        verdict(findings),
      ])
      if (!healthy) process.exitCode = 1
    },
  )
}

interface Finding {
  readonly check: 'settings' | 'data' | 'store' | 'keys' | 'clock' | 'server'
  readonly result: 'fine' | 'look' | 'wrong'
  readonly fact: string
  readonly mend?: string
}

function verdict(findings: readonly Finding[]): string {
  const count = (wanted: Finding['result']): number => findings.filter(({ result }) => result === wanted).length
  if (count('wrong') > 0) return 'Something is wrong: mend it and run `countersign doctor` again.'
  return count('look') === 0 ? 'Nothing is wrong.' : `Nothing is wrong; look at what is marked with "${marks.look}".`
}

const marks = { fine: '✓', look: '!', wrong: '✗' } as const

async function examine(command: Command): Promise<readonly Finding[]> {
  let settings: Settings
  try {
    settings = readSettings(command)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return error.problems.map(({ name, problem, mend }) => ({
      check: 'settings',
      result: 'wrong',
      fact: `${name} ${problem}`,
      mend,
    }))
  }
  const findings: Finding[] = [
    settings.dev
      ? { check: 'settings', result: 'look', fact: 'complete, with --dev', mend: 'never let others reach this server' }
      : { check: 'settings', result: 'fine', fact: `complete; the issuer is ${settings.issuer ?? ''}` },
  ]
  const folder = await examineFolder(settings.dataFolder)
  const store = await openStore({ dataFolder: settings.dataFolder }).catch((error: unknown) => error)
  if (store instanceof Error) {
    const mend = 'check the folder and who owns it, or give another one as --data'
    // Of a folder that is not there and cannot be made, the store tells all.
    if (folder !== undefined) findings.push(folder)
    return [...findings, { check: 'store', result: 'wrong', fact: describeError(store), mend }]
  }
  const made = `${settings.dataFolder} was not there: it is made now`
  findings.push(folder ?? { check: 'data', result: 'look', fact: made })
  try {
    findings.push(...(await examineStore(store as Store, settings)))
  } finally {
    await (store as Store).close()
  }
  findings.push(await examineServer(settings))
  return findings
}

/** Answers `undefined` where there is none. */
async function examineFolder(folder: string): Promise<Finding | undefined> {
  const facts = await stat(folder).catch(() => undefined)
  if (facts === undefined) return undefined
  if (!facts.isDirectory())
    return { check: 'data', result: 'wrong', fact: `${folder} is no folder`, mend: 'give another one as --data' }
  const open = (facts.mode & 0o077) !== 0 && process.platform !== 'win32'
  return open
    ? { check: 'data', result: 'wrong', fact: `${folder} can be read by other users`, mend: `chmod 700 ${folder}` }
    : { check: 'data', result: 'fine', fact: `${folder} is ours alone` }
}

async function examineStore(store: Store, settings: Settings): Promise<readonly Finding[]> {
  await store.ping()
  const findings: Finding[] = [{ check: 'store', result: 'fine', fact: 'opens and answers; its tables are up to date' }]
  findings.push(await examineKeys(store, settings))
  const [last] = await store.audit.list({ limit: 1, newest: true })
  const ahead = (last?.at ?? 0) - systemClock()
  findings.push(
    ahead > 5
      ? {
          check: 'clock',
          result: 'wrong',
          fact: `the last audit event lies ${ahead} s in the future: the clock was set back`,
          mend: 'synchronise the clock (NTP); tokens are judged by it',
        }
      : { check: 'clock', result: 'fine', fact: `${formatInstant(systemClock())}, not behind the audit trail` },
  )
  return findings
}

async function examineKeys(store: Store, settings: Settings): Promise<Finding> {
  try {
    const masterKey = readMasterKey(settings)
    const rings = await openKeyRings({ store, masterKey, clock: systemClock })
    try {
      const active = (await rings.list()).filter(({ state }) => state === 'active')
      return {
        check: 'keys',
        result: 'fine',
        fact: `active: ${active.map(({ ring, alg, kid }) => `${ring} ${alg} ${kid}`).join(', ')}`,
      }
    } finally {
      rings.close()
    }
  } catch (error) {
    const mend = 'give the COUNTERSIGN_MASTER_KEY that this store was made with'
    return { check: 'keys', result: 'wrong', fact: error instanceof Error ? describeError(error) : String(error), mend }
  }
}

async function examineServer({ issuer }: Settings): Promise<Finding> {
  if (issuer === undefined) return { check: 'server', result: 'look', fact: 'no issuer is set: nothing to ask' }
  try {
    const answer = await fetch(new URL('/health/ready', issuer), {
      signal: AbortSignal.timeout(2000),
      redirect: 'error',
    })
    return answer.ok
      ? { check: 'server', result: 'fine', fact: `${issuer} is up and ready` }
      : { check: 'server', result: 'wrong', fact: `${issuer} answers ${answer.status}`, mend: 'look into its log' }
  } catch {
    const fact = `${issuer} does not answer: it is not running, or not reachable from here`
    return { check: 'server', result: 'look', fact, mend: `start it with ${serveCommand(issuer)}` }
  }
}
