-- Each request of wrk carries the cookies of the next person; the figures come out as one line of JSON.
local cookies, at = {}, 0
local path = os.getenv("BENCH_PATH")

function init(args)
  for line in io.lines(os.getenv("BENCH_COOKIES")) do
    cookies[#cookies + 1] = wrk.format("GET", path, {
      ["Host"] = "127.0.0.1", ["Cookie"] = line, ["Accept-Encoding"] = "gzip, deflate, br",
      ["Authorization"] = os.getenv("BENCH_AUTHORIZATION"),
    })
  end
end

function request()
  at = at % #cookies + 1
  return cookies[at]
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %f, "p50": %f, "p95": %f, "bytes": %d, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e6, latency:percentile(95) / 1e6,
    summary.bytes, errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
