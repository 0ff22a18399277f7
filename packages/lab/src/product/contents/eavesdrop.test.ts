/** What the README says of held requests: which are taken, and which refused, when the attacker has read all that passed. */

import { afterAll, expect, test } from 'vitest'

import { runAttacks } from '../../attacks/run-attacks.ts'
import { alice, authorize, findBank, sendPayment, signIn } from '../customer.ts'
import { theft } from '../scene.ts'
import { startCommand } from '../start-command.fixture.ts'
import { createProduct } from '../system.ts'

const product = createProduct(startCommand)
afterAll(() => product.close())

test('session keys that were read open a sealed payment and seal another, unless it is signed too', async () => {
  for await (const { evidence } of runAttacks(product, { attacks: ['eavesdrop'] })) {
    expect(evidence).toMatch(/in a sealed payment to=shop&amount=100; sealed anew as to=mallory&amount=500: 200 taken/)
    expect(evidence).toMatch(/, and where it is signed too: 401 digest_mismatch, 401 signature_algorithm_refused$/)
  }
})

test('a payment of which nothing but its token and its proof is verified can be changed before it arrives', async () => {
  const { url, close } = await product.start({})
  const [alices, attackers] = await Promise.all(
    ['alice', 'attacker'].map((from) => findBank({ url, report: () => undefined }, from)),
  )
  const held = authorize(alices!, (await signIn(alices!, alice)).accessToken)
  expect(await sendPayment(attackers!, held, theft)).toMatchObject({
    status: 200,
    text: '{"paid":900,"to":"mallory","balance":100}',
  })
  await close()
})
