import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spendId } from '@countersign/guard'
import { expect, test } from 'vitest'
import { openStore } from './open-store.ts'
import type { SpentId, SpentIdStore } from './records.ts'
import { sharedReplayStore } from './shared-replay-store.ts'

const now = 1_800_000_000
const id = spendId('dpop', 'jkt', 'jti')

/** A store that writes down what it is asked. */
function listening(spend: SpentIdStore['spend'] = async () => 'spent') {
  const asked: SpentId[] = []
  const spentIds: SpentIdStore = { spend: (spent) => (asked.push(spent), spend(spent)) }
  return { asked, replay: sharedReplayStore(spentIds, () => now) }
}

test('what is spent through one is spent for all on the same store, and for those that come later', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'countersign-replay-'))
  const stores = await Promise.all([openStore({ dataFolder }), openStore({ dataFolder })])
  const replays = stores.map(({ spentIds }) => sharedReplayStore(spentIds, () => now))
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, async (_, hand) => replays[hand % 2]?.spend(id, now + 60)),
  )
  expect(outcomes.filter((outcome) => outcome === 'spent')).toHaveLength(1)
  expect(outcomes.filter((outcome) => outcome === 'replayed')).toHaveLength(49)
  for (const store of stores) await store.close()
  const reopened = await openStore({ dataFolder })
  expect(await sharedReplayStore(reopened.spentIds, () => now).spend(id, now + 60)).toBe('replayed')
  await reopened.close()
})

test('what comes to one process a second time, or has ended, does not reach the disk', async () => {
  const { asked, replay } = listening()
  expect(await replay.spend(id, now + 60.5)).toBe('spent')
  expect([await replay.spend(id, now + 60.5), await replay.spend('ended', now)]).toEqual(['replayed', 'replayed'])
  expect(asked).toEqual([{ id: expect.stringMatching(/^[\w-]{43}$/), expiresAt: now + 61 }])
})

test('where the store fails, nothing is spent', async () => {
  const { replay } = listening(() => Promise.reject(new Error('disk full')))
  await expect(replay.spend(id, now + 60)).rejects.toThrow('disk full')
  expect(await replay.spend(id, now + 60)).toBe('replayed')
})
