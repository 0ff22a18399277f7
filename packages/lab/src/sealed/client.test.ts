import { afterEach, describe, expect, test } from 'vitest'

import type { Exchange, RunningServer } from '../running-server.ts'
import { openLineClient } from '../wire/line-client.ts'
import { createSealedClient, formatLogin, formatTransfer, hashPassword, runSealedClient } from './client.ts'
import { sealEnvelope } from './envelope.ts'
import { deriveChannelKeys } from './keys.ts'
import { startSealedServer } from './server.ts'
import { vectors } from './vectors.fixture.ts'

const psk = vectors.preSharedKeyHex
const keys = deriveChannelKeys(Buffer.from(psk, 'hex'))

const servers: RunningServer[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())))

async function startServer(): Promise<string> {
  const server = await startSealedServer({ env: { LAB_SEALED_PSK: psk } })
  servers.push(server)
  return server.url
}

test('its messages are those of the fixed examples', () => {
  const [login, , transaction] = vectors.messages
  expect(formatLogin('alice', hashPassword('123456'), { nonce: 'login-1', timestamp: 1721459033 })).toBe(
    login!.plaintext,
  )
  expect(formatTransfer(vectors.token.line, 100, { nonce: 'unique123', timestamp: 1721459034 })).toBe(
    transaction!.plaintext,
  )
})

test('it logs in and transfers; the wire shows nothing of it, the client all', async () => {
  const exchanges: Exchange[] = []
  const printed: string[] = []
  const report = (exchange: Exchange): void => void exchanges.push(exchange)
  await runSealedClient(await startServer(), { psk, report, print: (line) => void printed.push(line) })
  expect(exchanges.map(({ note }) => note)).toEqual(['log in as alice', 'transfer $100'])
  expect(printed.at(-1)).toContain('"status":"accepted","action":"transfer","amount":100,"balance":900')
})

test.each([undefined, '', 'abcd'])('without a good key (%s) it does not start', async (bad) => {
  const options = { report: () => undefined, ...(bad === undefined ? {} : { psk: bad }) }
  await expect(runSealedClient('tcp://127.0.0.1:1', options)).rejects.toMatchObject({
    name: 'SealedClientError',
    code: 'pre_shared_key_missing',
  })
})

describe('it takes no answer but the one to its own request:', () => {
  test.each([
    ['a refusal in clear', '[!] Message rejected.', 'answer_unsealed'],
    ['an acceptance in clear', '{"status":"accepted"}', 'answer_unsealed'],
    ['no answer', '', 'answer_unsealed'],
    ['its own request, sent back', sealEnvelope('{"re":"x"}', keys.clientToServer), 'answer_unsealed'],
    ['an answer to another', sealEnvelope('{"re":"x"}', keys.serverToClient), 'answer_to_another_request'],
    ['an answer to none', sealEnvelope('{"status":"ok"}', keys.serverToClient), 'answer_to_another_request'],
  ])('%s', async (_name, received, code) => {
    const client = createSealedClient({ send: async () => received }, { psk })
    await expect(client.logIn('alice', '123456')).rejects.toMatchObject({ name: 'SealedClientError', code })
  })

  test('an answer of the server to it, played again', async () => {
    const line = await openLineClient(await startServer())
    let first = ''
    // Somebody on the way, who answers the second request with the recorded answer to the first.
    const send = async (text: string | Uint8Array): Promise<string> => (first ||= await line.send(text))
    const client = createSealedClient({ send }, { psk })
    await client.logIn('alice', '123456')
    await expect(client.logIn('alice', '123456')).rejects.toMatchObject({ code: 'answer_to_another_request' })
    line.close()
  })
})
