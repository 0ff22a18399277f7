/**
 * The product, as the matrix sees it: one server, which starts with the first attack, and a bank for each. An attack that
 * asks for people or settings has a server of its own.
 */

import type { AttackedSystem } from '../lab-system.ts'
import { productAttacks } from './attacker.ts'
import { startProductServer } from './product-server.ts'
import type { ProductServer, StartCommand } from './product-server.ts'
import { startProduct } from './start-product.ts'

export interface Product extends AttackedSystem {
  /** Stops the server. */
  close(): Promise<void>
}

export function createProduct(startCommand: StartCommand): Product {
  let shared: Promise<ProductServer> | undefined
  return {
    name: 'product',
    attacks: productAttacks,
    async start({ now, extra }) {
      const clock = now === undefined ? {} : { now }
      if (extra === undefined) return startProduct(await (shared ??= startProductServer(startCommand)), clock)
      const { people, ...settings } = extra
      const server = await startProductServer(startCommand, { people: Number(people ?? 0), settings })
      const bank = await startProduct(server, clock)
      return {
        url: bank.url,
        close: async () => {
          await bank.close()
          await server.close()
        },
      }
    },
    async close() {
      // One that did not start has told whoever asked for it.
      await (await shared?.catch(() => undefined))?.close()
    },
  }
}
