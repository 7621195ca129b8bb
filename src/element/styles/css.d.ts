/** A style sheet as text, which the build puts into the element. */
declare module '*.css?inline' {
  const text: string
  export default text
}
