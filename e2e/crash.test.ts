/**
 * `kill -9` under load, and what must still be true when the server is back: what it acknowledged holds, and nothing
 * that was spent can be spent again. What it had not answered yet may have happened or not.
 */

import { randomInt, randomUUID } from 'node:crypto'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLedger, startLoad } from './crash/load.ts'
import type { Family, Ledger } from './crash/load.ts'
import { call, refresh, signIn, tokensOf, userinfo } from './harness/client.ts'
import { openStage } from './harness/stage.ts'
import type { Stage } from './harness/stage.ts'

const cycles = 6
/** A log line of level error or fatal. */
const failure = /"level":[56]0/

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
})
afterEach(() => stage.close())

test('kill -9 during sign-ins and refreshes: no refresh token works twice, no acknowledged user or family is lost, keys verify', async () => {
  let server = await stage.serve()
  const { url, port } = server
  const people = ['ann', 'bob', 'cas', 'dee'].map((username) => ({ username, password: randomUUID() }))
  await stage.administer(url, async (administration) => {
    for (const person of people) await administration.createUser(person)
  })
  const ledger = createLedger()
  const kids = await publishedKids(url)

  for (let cycle = 1; cycle <= cycles; cycle++) {
    const before = { ...ledger.counts }
    const load = startLoad(url, { people, ledger, target: randomInt(100, 1000) })
    const startedAt = performance.now()
    await load.reached
    await server.kill()
    const seconds = (performance.now() - startedAt) / 1000
    await load.ended
    report(cycle, seconds, before, ledger)
    expect(server.log()).not.toMatch(failure)
    expect(ledger.counts.unanswered, 'requests that the kill cut off').toBeGreaterThan(before.unanswered)

    server = await stage.serve({ port })
    expect(server.url).toBe(url)
    expect(await publishedKids(url)).toEqual(kids)
    await checkKeys(url, ledger)
    for (const person of ledger.registered.splice(0)) expect((await signIn(url, person)).status).toBe(200)
    await checkFamilies(url, ledger)
  }

  await checkEveryTokenSpent(url, ledger)
  expect(server.log()).not.toMatch(failure)
})

test('kill -9 in the first moments of the first start: the next start completes it', async () => {
  const first = await stage.serve()
  await first.kill()
  const { url } = await stage.serve({ port: first.port })
  const { body } = await call(`${url}/.well-known/jwks.json`)
  expect((body['keys'] as { alg: string }[]).map(({ alg }) => alg).sort()).toEqual(['ES256', 'ES256', 'RS256'])
})

async function publishedKids(url: string): Promise<string[]> {
  const { body } = await call(`${url}/.well-known/jwks.json`)
  return (body['keys'] as { kid: string }[]).map(({ kid }) => kid).sort()
}

/** By a peer, with the keys as they are published after the restart. */
async function checkKeys(url: string, { accessTokens }: Ledger): Promise<void> {
  const keys = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`))
  for (const accessToken of accessTokens.splice(0)) {
    await jwtVerify(accessToken, keys, { issuer: url, audience: url, typ: 'at+jwt' })
  }
}

/** A third of the families meet a reuse, which ends them; the others go on. */
async function checkFamilies(url: string, ledger: Ledger): Promise<void> {
  const families = ledger.families.splice(0)
  await inParallel(families, async (family, index) => {
    const goesOn = index % 3 === 0 && family.spent.length > 0 ? await checkReuse(url, family) : await goOn(url, family)
    const list = goesOn ? ledger.families : ledger.ended
    list.push(family)
  })
}

async function checkReuse(url: string, family: Family): Promise<boolean> {
  await expectRefused(url, family.spent[randomInt(family.spent.length)]!)
  await expectRefused(url, family.latest)
  expect((await userinfo(url, family.accessToken)).body).toMatchObject({ error: 'invalid_token' })
  return false
}

async function goOn(url: string, family: Family): Promise<boolean> {
  // An access token lives as long as its family, and this family is not lost.
  if (!family.unanswered) expect((await userinfo(url, family.accessToken)).status).toBe(200)
  const answer = await refresh(url, family.latest)
  if (family.unanswered && answer.status !== 200) {
    // It was spent, and its successor lost on the way: reported as a reuse.
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    return false
  }
  family.spent.push(family.latest)
  Object.assign(family, { latest: tokensOf(answer).refreshToken, unanswered: false })
  return true
}

/** At the end, every refresh token that was ever spent: a family that meets one is over, so not before. */
async function checkEveryTokenSpent(url: string, { families, ended }: Ledger): Promise<void> {
  const spent = [...families, ...ended].reduce((sum, family) => sum + family.spent.length, 0)
  console.info(`${spent} spent refresh tokens of ${families.length + ended.length} families presented again`)
  await inParallel([...families, ...ended], async (family) => {
    for (const token of family.spent) await expectRefused(url, token)
    if (family.spent.length > 0 || ended.includes(family)) await expectRefused(url, family.latest)
  })
}

async function expectRefused(url: string, token: string): Promise<void> {
  expect(await refresh(url, token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
}

async function inParallel<T>(items: readonly T[], act: (item: T, index: number) => Promise<void>): Promise<void> {
  const queue = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) await act(item, index)
  }
  await Promise.all(Array.from({ length: 16 }, worker))
}

function report(cycle: number, seconds: number, before: Ledger['counts'], { counts }: Ledger): void {
  const signIns = counts.signIns - before.signIns
  const refreshes = counts.refreshes - before.refreshes
  const rate = (count: number): string => (count / seconds).toFixed(0)
  console.info(
    `cycle ${cycle}: ${signIns} sign-ins and ${refreshes} refreshes acknowledged in ${seconds.toFixed(1)} s ` +
      `(${rate(signIns)} + ${rate(refreshes)} a second), ${counts.unanswered - before.unanswered} requests cut off`,
  )
}
