/** For whatever supervises the process: does it run, and can it do its work? Answers no more than that. */

import type { FastifyPluginAsync } from 'fastify'
import { ProblemError } from './problem.ts'

export interface HealthDeps {
  /** Rejects while the server cannot do its work. */
  readonly checkReady: () => Promise<void>
}

export const health: FastifyPluginAsync<HealthDeps> = async (app, { checkReady }) => {
  app.get('/health/live', async () => ({ status: 'live' }))
  app.get('/health/ready', async () => {
    try {
      await checkReady()
    } catch (cause) {
      app.log.warn({ err: cause }, 'not ready')
      throw new ProblemError(503, 'not_ready', 'the server cannot do its work now', { cause })
    }
    return { status: 'ready' }
  })
}
