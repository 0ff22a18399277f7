/**
 * Refresh tokens under pressure, at real servers: many hands at once, rotations in a row, sign-outs in between, and
 * `kill -9`. Of a family at most one token works, and none once it has ended.
 *
 * Bound ones too (RFC 9449 §5): whoever proves to be the client may ask once more for an answer that was lost.
 */

import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { builtInClient, buyCode, call, postForm, tokensOf } from './harness/client.ts'
import type { Answer, Tokens } from './harness/client.ts'
import { dpopClient } from './harness/dpop-client.ts'
import type { DpopClient } from './harness/dpop-client.ts'
import type { ServerProcess } from './harness/server-process.ts'
import { openStage } from './harness/stage.ts'
import type { Stage } from './harness/stage.ts'

const rounds = 5
const hands = 50
const alice = { username: 'alice', password: randomUUID() }

/** What alice's app does, at the server of its choice. */
interface App {
  signIn(url: string): Promise<Tokens>
  refresh(url: string, refreshToken: string): Promise<Answer>
  signOut(url: string, refreshToken: string): Promise<Answer>
  userinfo(url: string, accessToken: string): Promise<Answer>
}

for (const { kind, openApp } of [
  { kind: 'bearer tokens', openApp: openBearerApp },
  { kind: 'tokens that are bound to a key', openApp: openBoundApp },
]) {
  const isBound = openApp === openBoundApp

  for (const { where, count } of [
    { where: 'at one server', count: 1 },
    { where: 'at two servers on one store', count: 2 },
  ]) {
    describe(`${kind}, ${where}`, () => {
      let stage: Stage
      let servers: ServerProcess[]
      let app: App
      beforeAll(async () => {
        stage = await openStage()
        servers = [await stage.serve()]
        const issuer = servers[0]!.url
        while (servers.length < count) servers.push(await stage.serve({ issuer }))
        await stage.administer(issuer, (administration) => administration.createUser(alice))
        app = await openApp(issuer)
      })
      afterAll(() => stage.close())

      const urlOf = (hand: number): string => servers[hand % servers.length]!.url

      test(`${hands} uses of one refresh token at once end the family: nothing works afterwards`, async () => {
        for (let round = 0; round < rounds; round++) {
          const first = await app.signIn(urlOf(round))
          const uses = Array.from({ length: hands }, (_, hand) => app.refresh(urlOf(hand), first.refreshToken))
          const won = winnersOf(await Promise.all(uses))
          // The retry of a lost answer spends what the first answer brought.
          expect(won.length).toBeLessThanOrEqual(isBound ? 2 : 1)
          await checkEnded([first, ...won])
        }
      })

      test('two uses of one refresh token at once leave one that works, or none', async () => {
        const alive: number[] = []
        for (let round = 0; round < rounds; round++) {
          const first = await app.signIn(urlOf(round))
          const uses = [0, 1].map((hand) => app.refresh(urlOf(hand), first.refreshToken))
          const won = winnersOf(await Promise.all(uses))
          const next: Tokens[] = []
          for (const { refreshToken } of won) next.push(...winnersOf([await app.refresh(urlOf(round), refreshToken)]))
          expect(next.length).toBeLessThanOrEqual(isBound ? 1 : 0)
          alive.push(next.length)
        }
        const living = alive.filter((number) => number > 0).length
        console.info(`${rounds} rounds of two uses of ${kind} ${where}: ${living} families live on`)
      })

      test('five rotations within a second: each token works once, and an old one that comes back ends the family', async () => {
        const chain = [await app.signIn(urlOf(0))]
        const startedAt = performance.now()
        for (let hand = 0; hand < 5; hand++) {
          chain.push(tokensOf(await app.refresh(urlOf(hand), chain.at(-1)!.refreshToken)))
        }
        expect(performance.now() - startedAt).toBeLessThan(1000)
        const tokens = chain.map(({ refreshToken }) => refreshToken)
        expect(new Set(tokens).size).toBe(6)
        for (const { accessToken } of chain) expect((await app.userinfo(urlOf(0), accessToken)).status).toBe(200)
        // Not the last but one: that could be the retry of a lost answer.
        expect(await app.refresh(urlOf(1), tokens[3]!)).toMatchObject(refused)
        await checkEnded(chain)
      })

      test('of rotations and a sign-out at once, nothing works once the sign-out has returned', async () => {
        for (let round = 0; round < rounds; round++) {
          const first = await app.signIn(urlOf(round))
          const second = tokensOf(await app.refresh(urlOf(round), first.refreshToken))
          const late: Promise<Answer>[] = []
          const signedOut = app.signOut(urlOf(round), second.refreshToken).then((answer) => {
            // While those before it are still on their way.
            late.push(...[0, 1].map((hand) => app.refresh(urlOf(hand), second.refreshToken)))
            return answer
          })
          const racing = [0, 1, 2].map((hand) => app.refresh(urlOf(hand + 1), second.refreshToken))
          const [answer, ...raced] = await Promise.all([signedOut, ...racing])
          expect(answer.status).toBe(200)
          expect(winnersOf(await Promise.all(late))).toEqual([])
          await checkEnded([first, second, ...winnersOf(raced)])
        }
      })

      test('kill -9 between a rotation and its replay: the replay ends the family', async () => {
        const first = await app.signIn(urlOf(0))
        const second = tokensOf(await app.refresh(urlOf(1), first.refreshToken))
        const third = tokensOf(await app.refresh(urlOf(0), second.refreshToken))
        await restart()
        expect(await app.refresh(urlOf(0), first.refreshToken)).toMatchObject(refused)
        await checkEnded([first, second, third])
      })

      test('kill -9 just after a sign-out has returned: nothing works at the next start', async () => {
        const first = await app.signIn(urlOf(0))
        const second = tokensOf(await app.refresh(urlOf(0), first.refreshToken))
        expect((await app.signOut(urlOf(1), second.refreshToken)).status).toBe(200)
        await restart()
        await checkEnded([first, second])
      })

      test(`an answer that kill -9 lost ${isBound ? 'is had again, once' : 'ends the family when it is asked for again'}`, async () => {
        const first = await app.signIn(urlOf(0))
        const lost = tokensOf(await app.refresh(urlOf(0), first.refreshToken))
        await restart()
        const again = await app.refresh(urlOf(0), first.refreshToken)
        if (!isBound) {
          expect(again).toMatchObject(refused)
          return checkEnded([first, lost])
        }
        const linked = tokensOf(again)
        const next = tokensOf(await app.refresh(urlOf(1), linked.refreshToken))
        // Whoever has what was lost has it of no use, and tells on itself.
        expect(await app.refresh(urlOf(0), lost.refreshToken)).toMatchObject(refused)
        return checkEnded([first, lost, linked, next])
      })

      if (isBound && count === 1) {
        test('ten seconds later it is no lost answer any more, and ends the family', async () => {
          const first = await app.signIn(urlOf(0))
          const second = tokensOf(await app.refresh(urlOf(0), first.refreshToken))
          // Real time, and a second more: the server counts in whole ones.
          await setTimeout(12_000)
          expect(await app.refresh(urlOf(0), first.refreshToken)).toMatchObject(refused)
          await checkEnded([first, second])
        })
      }

      async function restart(): Promise<void> {
        const issuer = servers[0]!.url
        await Promise.all(servers.map((server) => server.kill()))
        const back: ServerProcess[] = []
        for (const { port } of servers) back.push(await stage.serve({ port, issuer }))
        servers = back
      }

      /** At every server: none must have kept what another has ended. */
      async function checkEnded(tokens: readonly Tokens[]): Promise<void> {
        for (const { url } of servers) {
          for (const { accessToken, refreshToken } of tokens) {
            expect(await app.refresh(url, refreshToken)).toMatchObject(refused)
            const { status, headers } = await app.userinfo(url, accessToken)
            expect([status, headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('revoked')])
          }
        }
      }
    })
  }
}

const refused = { status: 400, body: { error: 'invalid_grant' } }

async function openBearerApp(): Promise<App> {
  return makeApp({
    post: (url, path, form) => postForm(url + path, form),
    get: (url, path, accessToken) => call(url + path, accessToken),
  })
}

async function openBoundApp(issuer: string): Promise<App> {
  return makeApp(await dpopClient(issuer))
}

function makeApp({ post, get }: DpopClient): App {
  const own = { client_id: builtInClient }
  return {
    async signIn(url) {
      const { code, verifier } = await buyCode(url, alice)
      const form = { ...own, grant_type: 'authorization_code', code, code_verifier: verifier }
      return tokensOf(await post(url, '/oauth/token', form))
    },
    refresh: (url, refreshToken) =>
      post(url, '/oauth/token', { ...own, grant_type: 'refresh_token', refresh_token: refreshToken }),
    signOut: (url, token) => postForm(`${url}/oauth/revoke`, { ...own, token }),
    userinfo: (url, accessToken) => get(url, '/oauth/userinfo', accessToken),
  }
}

/** What those got who got something; the others must have been refused for what they had. */
function winnersOf(answers: readonly Answer[]): readonly Tokens[] {
  for (const answer of answers.filter(({ status }) => status !== 200)) expect(answer).toMatchObject(refused)
  return answers.filter(({ status }) => status === 200).map(tokensOf)
}
