// The health check of a container: whether its program answers at PORT. A 401 counts as an answer.
//   node healthy.mjs /path
const { status } = await fetch(`http://127.0.0.1:${process.env.PORT}${process.argv[2]}`)
process.exitCode = status < 500 ? 0 : 1
