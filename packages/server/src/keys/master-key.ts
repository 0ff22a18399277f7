/** The master key: the one key under which the private keys in the store are sealed. */

import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeBase64url, secretKey } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'
import { makeFolder } from '../store/data-folder.ts'
import { KeyRingError } from './key-ring-error.ts'

export interface MasterKeySettings {
  readonly masterKey: string | undefined
  readonly dev: boolean
  readonly dataFolder: string
}

/**
 * Answers the master key that the settings give; a development server without one gets its own.
 *
 * @throws {KeyRingError} `master_key_malformed`, `master_key_unreadable`
 */
export function readMasterKey({ masterKey, dev, dataFolder }: MasterKeySettings): Key {
  return masterKey === undefined && dev ? loadDevMasterKey(dataFolder) : parseMasterKey(masterKey ?? '')
}

/**
 * Reads a master key: 32 bytes, as 64 hex digits or as base64url.
 *
 * @throws {KeyRingError} `master_key_malformed`
 */
export function parseMasterKey(text: string): Key {
  return secretKey('dir', decode(text), { enc: 'A256GCM' })
}

/**
 * Answers the generated master key of a development server, which lies in the data folder beside what it protects; makes
 * it if there is none. Of two processes that come first at once, both get the same.
 *
 * @throws {KeyRingError} `master_key_unreadable`, `master_key_malformed`
 */
function loadDevMasterKey(dataFolder: string): Key {
  const file = join(dataFolder, 'dev-master-key')
  try {
    create(file, dataFolder)
    return parseMasterKey(readFileSync(file, 'utf8').trim())
  } catch (cause) {
    if (cause instanceof KeyRingError) throw cause
    const reason = cause instanceof Error ? cause.message : 'unknown failure'
    throw new KeyRingError('master_key_unreadable', `the development master key cannot be used: ${reason}`, { cause })
  }
}

function decode(text: string): Uint8Array {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex')
  try {
    const bytes = decodeBase64url(text)
    if (bytes.length === 32) return bytes
  } catch {
    // The one message below says what is wanted, whatever was wrong.
  }
  throw new KeyRingError(
    'master_key_malformed',
    'the master key must be 32 bytes, as 64 hex digits or 43 characters of base64url; make one with: openssl rand -hex 32',
  )
}

function create(file: string, dataFolder: string): void {
  makeFolder(dataFolder)
  const draft = `${file}.${randomBytes(8).toString('hex')}`
  writeFileSync(draft, `${randomBytes(32).toString('hex')}\n`, { flag: 'wx', mode: 0o600, flush: true })
  try {
    // A link appears with its whole content or not at all, and never takes the place of another file.
    linkSync(draft, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    rmSync(draft)
  }
}
