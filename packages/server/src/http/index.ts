/** The HTTP server without its routes, and the error that routes under `/api` throw. */

export { clientCertificateReader } from './client-certificate.ts'
export type { ClientCertificate, ReadClientCertificate } from './client-certificate.ts'
export { createHttp } from './create-http.ts'
export type { HttpDeps } from './create-http.ts'
export { toGuardRequest } from './guard-request.ts'
export { createLogger } from './logger.ts'
export { registeredOrigins } from './registered-origins.ts'
export { ProblemError } from './problem.ts'
