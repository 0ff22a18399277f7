/**
 * The five systems, from the lowest rung of the ladder to the highest.
 */

import { hmac } from './hmac/system.ts'
import { jwt } from './jwt/system.ts'
import type { LabSystem } from './lab-system.ts'
import { oneTime } from './one-time/system.ts'
import { opaque } from './opaque/system.ts'
import { sealed } from './sealed/system.ts'

export const systems: readonly LabSystem[] = [opaque, hmac, jwt, oneTime, sealed]

export function findSystem(name: string): LabSystem | undefined {
  return systems.find((system) => system.name === name)
}
