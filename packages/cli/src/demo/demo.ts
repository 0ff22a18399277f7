/**
 * The whole story in a quarter of a minute, with real processes and real HTTP: a server, an API behind a guard, a client, a thief.
 *
 * This file sets the stage and clears it. What happens on it lies in `story.ts`.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nextCommand } from '../next-command.ts'
import { runCommand, startProcess } from '../processes.ts'
import type { RunningProcess } from '../processes.ts'
import { createReport } from './report.ts'
import { toEnvironment } from './session-secrets.ts'
import { tellStory } from './story.ts'

/** Answers whether everything came out as promised. */
export async function runDemo({ json }: { readonly json: boolean }): Promise<boolean> {
  const startedAt = performance.now()
  const print = (line: string): void => {
    if (!json) process.stdout.write(`${line}\n`)
  }
  const report = createReport(print)
  const dataFolder = await mkdtemp(join(tmpdir(), 'countersign-demo-'))
  const running: RunningProcess[] = []
  try {
    print('Countersign: a token is issued, stolen, spent, proved and revoked. Everything below really happens.')
    const server = await start(['serve', '--dev', '--port', '0', '--data', dataFolder, '--log-level', 'silent'])
    const audience = 'https://bank.example/api'
    print(`  server ${server.url} · store ${dataFolder}`)
    await tellStory({
      issuer: server.url,
      audience,
      administer: (...args) => runCommand(args, dataFolder, server.url),
      startApi: async (secrets) => {
        const api = await start(['demo-api', server.url, audience], toEnvironment(secrets))
        print(`  API ${api.url}, audience ${audience}`)
        return api.url
      },
      stopServer: () => server.stop(),
      report,
    })
  } finally {
    await Promise.all(running.map((child) => child.stop()))
    await rm(dataFolder, { recursive: true, force: true })
  }
  const wrong = report.steps.filter(({ asPromised }) => !asPromised)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  if (json)
    process.stdout.write(`${JSON.stringify({ asPromised: wrong.length === 0, steps: report.steps }, null, 2)}\n`)
  print(
    wrong.length === 0
      ? `\n${report.steps.length} of ${report.steps.length} as promised, in ${seconds} s. Next: ${nextCommand('serve', '--dev')}`
      : `\n${wrong.length} of ${report.steps.length} came out otherwise: ${wrong.map(({ step }) => step).join(', ')}`,
  )
  return wrong.length === 0

  async function start(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<RunningProcess> {
    const child = await startProcess(args, env)
    running.push(child)
    return child
  }
}
