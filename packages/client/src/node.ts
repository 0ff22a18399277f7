/** @countersign/client/node: the client for programs in Node, which keeps its sessions in a file. */

import { homedir } from 'node:os'
import { join } from 'node:path'
import { createClient as createAnyClient } from './create-client.ts'
import type { Client, ClientOptions } from './create-client.ts'
import { fileStorage } from './storage/file-storage.ts'

export { fileStorage }

/** As `createClient` of `@countersign/client`; the default storage is `fileStorage(defaultSessionFile())`. */
export function createClient(options: ClientOptions): Client {
  return createAnyClient({ ...options, storage: options.storage ?? fileStorage(defaultSessionFile()) })
}

/** `session.json` in the folder that people keep settings in (XDG Base Directory). */
export function defaultSessionFile(): string {
  const configured = process.env['XDG_CONFIG_HOME']
  return join(configured || join(homedir(), '.config'), 'countersign', 'session.json')
}
