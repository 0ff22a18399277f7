/** The product, for the lab: this very command serves it, in a process of its own. */

import { createProduct } from '@countersign/lab'
import type { Product } from '@countersign/lab'
import { startProcess } from '../processes.ts'

export const product: Product = createProduct(startProcess)
