/**
 * The product, as the matrix sees it.
 */

import type { AttackedSystem } from '../lab-system.ts'
import { productAttacks } from './attacker.ts'
import { startProduct } from './start-product.ts'

export const product: AttackedSystem = {
  name: 'product',
  start: (options) => startProduct(options),
  attacks: productAttacks,
}
