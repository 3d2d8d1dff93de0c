-- wrk script: cycles through the requests listed in the file named by the environment variable URLS: a path, or a path,
-- a tab and the JSON that is posted to it.
local paths = {}
local index = 0

function init(_)
  for line in io.lines(os.getenv("URLS")) do paths[#paths + 1] = line end
  index = math.random(#paths)
end

function request()
  index = index % #paths + 1
  local path, body = paths[index]:match("^([^\t]*)\t(.*)$")
  if body then return wrk.format("POST", path, {["Content-Type"] = "application/fhir+json"}, body) end
  return wrk.format("GET", paths[index])
end

function done(summary, latency, _)
  io.write(string.format("RESULT %d %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(95), latency:percentile(99),
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
