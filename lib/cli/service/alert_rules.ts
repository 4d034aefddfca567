/**
 * Alerts for Prometheus, over the metrics that `run` writes. `docs/monitoring.md`
 * shows them as they are.
 *
 * @module
 */

/** The rules, as a file for Prometheus. */
export const alertRules = `groups:
  - name: lifesign
    rules:
      - alert: SessionDead
        expr: lifesign_verdict{verdict="dead"} == 1
        annotations:
          summary: "{{ $labels.session }} at {{ $labels.instance }} has died"
      - alert: LoginsInVain
        expr: lifesign_login_attempt > 3
        for: 1m
        annotations:
          summary: "{{ $labels.session }} at {{ $labels.instance }}: login {{ $value }} in a row"
      - alert: AgentSilent
        expr: |
          lifesign_stale_after_uptime_seconds < on (instance, job) group_left ()
            (node_time_seconds - node_boot_time_seconds)
          or lifesign_reported_uptime_seconds - 10 > on (instance, job) group_left ()
            (node_time_seconds - node_boot_time_seconds)
        for: 1m
        annotations:
          summary: "nothing keeps {{ $labels.session }} at {{ $labels.instance }} alive"
`;
