/**
 * When two usernames are the same name: the form that is unique in the store.
 *
 * In the spirit of Unicode's NFKC_Casefold. What characters a name may have is decided at registration, not here.
 */

/**
 * Answers the key of a username: names that differ by case, width, composition or invisible characters share it.
 * Idempotent.
 */
export function usernameKey(username: string): string {
  // Upper case first: it folds what lower case alone keeps apart (ß and ss, σ and final ς).
  const fold = (text: string): string =>
    text
      .normalize('NFKC')
      .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
      .toUpperCase()
      .toLowerCase()
      .normalize('NFKC')
  let key = fold(username)
  for (let next = fold(key); next !== key; next = fold(key)) key = next
  return key
}
