export { generateKey } from './generate-key.ts'
export { parseJwk } from './parse-jwk.ts'
