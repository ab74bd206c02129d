"""From a provider's usage API to `raw`: accounts, connections, projects, workloads, windows, polls."""
