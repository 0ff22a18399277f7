/**
 * The secrets and settings that `LAB_…` variables give: the process's own, over what `.env` in the current folder says.
 */

import { Buffer } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'

import type { ServerOptions } from './running-server.ts'

/** Why a server cannot start, with the mend, in one line. */
export class SettingError extends Error {
  override readonly name = 'SettingError'
}

export interface Secret {
  readonly bytes: Buffer
  /** Whether it was made here, since no variable gave one. */
  readonly isMade: boolean
}

const fewestBytes = 32

export function readEnvironment({ env }: Pick<ServerOptions, 'env'>): Readonly<Record<string, string | undefined>> {
  return env ?? { ...readDotEnv(), ...process.env }
}

/** A secret that is a text: its key is the text's UTF-8 bytes, at least 32 of them. @throws {SettingError} */
export function readTextSecret(name: string, options: Pick<ServerOptions, 'env'>): Secret {
  const text = readEnvironment(options)[name]
  if (text === undefined) return makeSecret()
  const bytes = Buffer.from(text)
  if (bytes.length >= fewestBytes) return { bytes, isMade: false }
  throw new SettingError(
    `${name} has ${bytes.length} bytes, and at least ${fewestBytes} are needed. ${howToMake(name)}`,
  )
}

/** A secret that is 32 bytes in 64 hex digits. @throws {SettingError} */
export function readHexSecret(name: string, options: Pick<ServerOptions, 'env'>): Secret {
  const text = readEnvironment(options)[name]
  if (text === undefined) return makeSecret()
  if (/^[0-9a-f]{64}$/i.test(text)) return { bytes: Buffer.from(text, 'hex'), isMade: false }
  throw new SettingError(`${name} is not 64 hex digits. ${howToMake(name)}`)
}

function makeSecret(): Secret {
  return { bytes: randomBytes(fewestBytes), isMade: true }
}

function howToMake(name: string): string {
  return `Make one: node -p "'${name}=' + crypto.randomBytes(32).toString('hex')" >> .env`
}

function readDotEnv(): Readonly<Record<string, string | undefined>> {
  try {
    return parseEnv(readFileSync('.env', 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}
