/**
 * Opens, for one command, what `serve` works on: the store, the key rings, the administration. Works beside a running
 * server, which sees every change by itself.
 */

import { existsSync } from 'node:fs'
import {
  createAdministration,
  createPasswordHasher,
  localIssuer,
  openKeyRings,
  openStore,
  readMasterKey,
  systemClock,
} from '@countersign/server'
import type { Administration, KeyRings, Settings, Store } from '@countersign/server'
import type { Command } from 'commander'
import { note } from './output.ts'
import { readSettings } from './settings-options.ts'

export interface Workspace {
  readonly settings: Settings
  readonly issuer: string
  readonly store: Store
  readonly administration: Administration
}

/** Runs `act` on an open store and closes it, whatever happens. */
export async function withStore<T>(command: Command, act: (workspace: Workspace) => Promise<T>): Promise<T> {
  const settings = readSettings(command)
  const issuer = settings.issuer ?? localIssuer(settings, 4000) ?? ''
  const wasThere = existsSync(settings.dataFolder)
  const store = await openStore({ dataFolder: settings.dataFolder })
  if (!wasThere) note(`countersign: there was no store in ${settings.dataFolder}: made a new one`)
  try {
    return await act({ settings, issuer, store, administration: administrationOf({ settings, issuer, store }) })
  } finally {
    await store.close()
  }
}

/** As `withStore`, with the key rings too: needs the master key. */
export async function withKeys<T>(
  command: Command,
  act: (workspace: Workspace & { readonly keys: KeyRings }) => Promise<T>,
): Promise<T> {
  return withStore(command, async (workspace) => {
    const masterKey = readMasterKey(workspace.settings)
    const keys = await openKeyRings({ store: workspace.store, masterKey, clock: systemClock, actor: 'operator' })
    try {
      return await act({ ...workspace, keys, administration: administrationOf(workspace, keys) })
    } finally {
      keys.close()
    }
  })
}

function administrationOf(
  { settings, issuer, store }: Pick<Workspace, 'settings' | 'issuer' | 'store'>,
  keys?: KeyRings,
): Administration {
  return createAdministration({
    ...{ store, issuer, clock: systemClock, hasher: createPasswordHasher(), actor: 'operator' },
    masterKey: () => readMasterKey(settings),
    ...(keys === undefined ? {} : { keys }),
  })
}
