FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
COPY oauth/internal/oryx/go.mod oauth/internal/oryx/
RUN go mod download
COPY . .
ARG VERSION=devel
RUN CGO_ENABLED=0 go build -tags nopgxregisterdefaulttypes -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/keepsake ./cmd/keepsake \
    && mkdir /out/data

# Nothing but the binary, CA certificates and a user without rights.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/keepsake /usr/local/bin/keepsake
# An SQLite database and its secret go here, when PostgreSQL is not used.
COPY --from=build --chown=nonroot:nonroot /out/data /data
WORKDIR /data
VOLUME /data
# Beyond loopback a tenant of one's own is needed (KEEPSAKE_TENANT): the demo tenant has well-known passwords.
ENV KEEPSAKE_LISTEN=0.0.0.0:8080 KEEPSAKE_LOG_FORMAT=json
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["keepsake", "healthcheck"]
ENTRYPOINT ["keepsake"]
CMD ["serve"]
