/**
 * Keys rotate and die beside running servers and guards, by commands in other processes, under load.
 *
 * Guards run here and know the server by its URL only, as in any API.
 */

import { randomInt, randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { createGuard } from '@countersign/guard'
import type { Guard } from '@countersign/guard'
import { decodeUnverified } from '@countersign/tokens'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { call, postForm, signIn, tokensOf, userinfo } from './harness/client.ts'
import type { Credentials } from './harness/client.ts'
import { openStage } from './harness/stage.ts'
import type { Stage } from './harness/stage.ts'

const audience = 'https://orders.example'
const alice = { username: 'alice', password: randomUUID() }

interface Scene {
  readonly stage: Stage
  readonly issuer: string
  /** A new access token for the API, by client credentials. */
  fetchToken(): Promise<string>
  newGuard(options?: { rememberSignatures?: number }): Guard
  close(): Promise<void>
}

async function setUp(): Promise<Scene> {
  const stage = await openStage()
  const { url: issuer } = await stage.serve()
  const service = await stage.administer(issuer, async (administration): Promise<Credentials> => {
    await administration.createUser(alice)
    await administration.createApi({ audience, scopes: ['read'] })
    const { client, secret } = await administration.createClient({
      name: 'service',
      audiences: [audience],
      grants: ['client_credentials'],
      scopes: ['read'],
    })
    return { id: client.id, secret: secret! }
  })
  const guards: Guard[] = []
  return {
    stage,
    issuer,
    async fetchToken() {
      const form = { grant_type: 'client_credentials', resource: audience }
      const { status, body } = await postForm(`${issuer}/oauth/token`, form, service)
      if (status !== 200) throw new Error(`expected a token, got ${status} ${String(body['error'])}`)
      return String(body['access_token'])
    },
    newGuard(options = {}) {
      const guard = createGuard({ issuer, audience, ...options })
      guards.push(guard)
      return guard
    },
    async close() {
      for (const guard of guards) guard.close()
      await stage.close()
    },
  }
}

describe.concurrent('a key', () => {
  let scene: Scene
})
