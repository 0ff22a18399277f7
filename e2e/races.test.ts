/**
 * Races for what works once: many hands, one code or refresh token, at one server and at two on the same store.
 *
 * One winner or none; and as a reuse is a theft, nothing that any of them got works afterwards.
 */

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { builtInClient, buyCode, postForm, redeem, refresh, signIn, tokensOf, userinfo } from './harness/client.ts'
import type { Answer, Tokens } from './harness/client.ts'
import { openStage } from './harness/stage.ts'
import type { Stage } from './harness/stage.ts'

const rounds = 20
const hands = 50
const alice = { username: 'alice', password: randomUUID() }

for (const { where, servers } of [
  { where: 'at one server', servers: 1 },
  { where: 'at two servers on one store', servers: 2 },
]) {
  describe(where, () => {
    let stage: Stage
    let urls: string[]
    beforeAll(async () => {
      stage = await openStage()
      const { url: issuer } = await stage.serve()
      urls = [issuer]
      for (let more = servers - 1; more > 0; more--) urls.push((await stage.serve({ issuer })).url)
      await stage.administer(issuer, (administration) => administration.createUser(alice))
    })
    afterAll(() => stage.close())

    const urlOf = (hand: number): string => urls[hand % urls.length]!

    test(`${hands} parallel redemptions of one code have one winner or none, and then nothing works`, async () => {
      const winners: number[] = []
      for (let round = 0; round < rounds; round++) {
        const bought = await buyCode(urlOf(round), alice)
        const answers = await Promise.all(hold(hands, (hand) => redeem(urlOf(hand), bought)))
        winners.push(await checkRace(answers))
      }
      reportWinners(`${hands} redemptions of a code ${where}`, winners)
    })

    test(`${hands} parallel uses of one refresh token have one winner or none, and then nothing works`, async () => {
      const winners: number[] = []
      for (let round = 0; round < rounds; round++) {
        const first = tokensOf(await signIn(urlOf(round), alice))
        const answers = await Promise.all(hold(hands, (hand) => refresh(urlOf(hand), first.refreshToken)))
        winners.push(await checkRace(answers))
        await checkEnded(first)
      }
      reportWinners(`${hands} uses of a refresh token ${where}`, winners)
    })

    test('of uses of a refresh token and a sign-out at once, nothing works afterwards', async () => {
      for (let round = 0; round < rounds; round++) {
        const first = tokensOf(await signIn(urlOf(round), alice))
        const [signOut, ...answers] = await Promise.all([
          postForm(`${urlOf(round)}/oauth/revoke`, { client_id: builtInClient, token: first.refreshToken }),
          ...hold(2, (hand) => refresh(urlOf(hand + round), first.refreshToken)),
        ])
        expect(signOut.status).toBe(200)
        await checkRace(answers)
        await checkEnded(first)
      }
    })

    /** Answers how many won. */
    async function checkRace(answers: readonly Answer[]): Promise<number> {
      const won = answers.filter(({ status }) => status === 200)
      const lost = answers.filter(({ status }) => status !== 200)
      expect(won.length).toBeLessThanOrEqual(1)
      for (const answer of lost) expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
      for (const answer of won) await checkEnded(tokensOf(answer))
      return won.length
    }

    /** At every server: none must have kept what another has ended. */
    async function checkEnded({ accessToken, refreshToken }: Tokens): Promise<void> {
      for (const url of urls) {
        expect(await refresh(url, refreshToken)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
        expect(await userinfo(url, accessToken)).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
      }
    }
  })
}

function hold<T>(count: number, act: (hand: number) => Promise<T>): Promise<T>[] {
  return Array.from({ length: count }, (_, hand) => act(hand))
}

function reportWinners(race: string, winners: readonly number[]): void {
  const won = winners.filter((count) => count === 1).length
  console.info(`${winners.length} rounds of ${race}: ${won} with one winner, ${winners.length - won} with none`)
}
