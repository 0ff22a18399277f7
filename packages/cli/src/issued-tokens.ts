/** What people have to know who end sign-ins: how long the tokens still work that are out. */

export const tokensStillOut =
  "access tokens already issued work until they end, in minutes, where the guard has no `status: 'required'`"
