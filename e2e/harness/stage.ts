/** A stage for one story: a temporary folder, the processes that work on it, and the end of them all. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAdministration, createPasswordHasher, openStore, systemClock } from '@countersign/server'
import type { Administration } from '@countersign/server'
import { runCommand, startServerProcess } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'

export interface ServeOptions {
  /** Default 0: any free port. A server that comes back takes the port that it had, and with it its issuer. */
  readonly port?: number
  /** Default: its own URL. Several servers on one folder share one. */
  readonly issuer?: string
  readonly flags?: readonly string[]
}

export interface Stage {
  /** Removed by `close`. The store lies in `data` below it. */
  readonly folder: string
  readonly dataFolder: string
  /** Starts `countersign serve --dev` on the data folder and waits until it listens. */
  serve(options?: ServeOptions): Promise<ServerProcess>
  /** Runs `countersign … --dev --json` on the data folder, beside whatever serves, and answers what it printed. */
  command(issuer: string, ...args: readonly string[]): Promise<Record<string, unknown>>
  /** The administration of the data folder, in this process: quicker than a command, and the same code. */
  administer<T>(issuer: string, act: (administration: Administration) => Promise<T>): Promise<T>
  /** Kills what still runs and removes the folder. */
  close(): Promise<void>
}

export async function openStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-e2e-'))
  const dataFolder = join(folder, 'data')
  const servers: ServerProcess[] = []
  return {
    folder,
    dataFolder,
    async serve({ port = 0, issuer, flags = ['--log-level', 'warn'] } = {}) {
      const origin = issuer === undefined ? [] : ['--issuer', issuer]
      const args = ['serve', '--dev', '--port', String(port), '--data', dataFolder, ...origin, ...flags]
      const server = await startServerProcess(args, folder)
      servers.push(server)
      return server
    },
    async command(issuer, ...args) {
      const settings = ['--dev', '--data', dataFolder, '--issuer', issuer, '--json']
      const { exitCode, stdout, stderr } = await runCommand([...args, ...settings], folder)
      if (exitCode !== 0) throw new Error(`countersign ${args.join(' ')} ended with ${exitCode}: ${stderr}`)
      return JSON.parse(stdout) as Record<string, unknown>
    },
    async administer(issuer, act) {
      const store = await openStore({ dataFolder })
      try {
        const hasher = createPasswordHasher()
        return await act(createAdministration({ store, clock: systemClock, hasher, issuer, actor: 'operator' }))
      } finally {
        await store.close()
      }
    },
    async close() {
      await Promise.all(servers.map((server) => server.kill()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}
