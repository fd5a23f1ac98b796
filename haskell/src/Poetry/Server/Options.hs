{-# LANGUAGE OverloadedStrings #-}

-- |
-- The command line of the server program.
module Poetry.Server.Options
  ( Command (..)
  , Settings (..)
  , Format (..)
  , parse
  , usage
  , help
  ) where

import Control.Monad (foldM)
import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import Network.Socket (HostName, PortNumber)
import System.Console.GetOpt

import Poetry.Server.Clock (Nanoseconds)
import Poetry.Words (number, quoted, seconds)

-- | What a command line asks for.
data Command
  = -- | Serve one poem, as a person does by hand.
    Serve FilePath Settings
  | -- | Play the lab's servers ("Poetry.Server.Control").
    Control
  | Help
  deriving (Eq, Show)

-- | The options, with their defaults filled in.
data Settings = Settings
  { port :: PortNumber
  , iface :: HostName
  , delay :: Nanoseconds
  , numBytes :: Int
  , format :: Format
  }
  deriving (Eq, Show)

-- | The format of the send log.
data Format = Plain | Ndjson
  deriving (Eq, Show)

-- | The command of a command line, or what is wrong with it. Its characters are bytes.
parse :: [String] -> Either ByteString Command
parse arguments = case getOpt Permute options arguments of
  (_, _, problem : _) -> Left (Bytes.pack (concat (take 1 (lines problem))))
  (chosen, poems, []) -> do
    asked <- foldM (flip ($)) nothingAsked chosen
    case poems of
      _ | helpAsked asked -> Right Help
      [] | controlAsked asked -> Right Control
      _ | controlAsked asked -> Left "--control takes no POEM: the playbills name the poems"
      [poem] -> Right (Serve poem (settings asked))
      [] -> Left "no POEM given"
      _ -> Left "more than one POEM given"

data Asked = Asked {settings :: Settings, helpAsked :: Bool, controlAsked :: Bool}

nothingAsked :: Asked
nothingAsked = Asked {settings = defaults, helpAsked = False, controlAsked = False}
 where
  defaults = Settings {port = 0, iface = "127.0.0.1", delay = 700000000, numBytes = 10, format = Plain}

options :: [OptDescr (Asked -> Either ByteString Asked)]
options =
  [ Option "h" ["help"] (NoArg (\asked -> Right asked {helpAsked = True})) "show this help and exit"
  , setting "port" "PORT" "the port to listen on (default: any free port)" "a port from 0 to 65535" (number 0 65535) $
      \value chosen -> chosen {port = fromIntegral value}
  , setting "iface" "IFACE" "the address to listen on (default: 127.0.0.1)" "an address without brackets" interface $
      \value chosen -> chosen {iface = value}
  , setting "delay" "SECONDS" "seconds before each chunk (default: 0.7)" seconds_ (seconds 3600) $
      \value chosen -> chosen {delay = value}
  , setting "num-bytes" "BYTES" "bytes in a chunk (default: 10)" bytes (number 1 (2 ^ (30 :: Int))) $
      \value chosen -> chosen {numBytes = value}
  , setting "log" "plain|ndjson" "how to print the send log (default: plain)" "plain or ndjson" logFormat $
      \value chosen -> chosen {format = value}
  , Option "" ["control"] (NoArg (\asked -> Right asked {controlAsked = True}))
      "open and close playbills by commands on standard input"
  ]
 where
  seconds_ = "a number of seconds from 0 to 3600"
  bytes = "a number of bytes of 1 or more"
  interface word = if Bytes.elem '[' word then Nothing else Just (Bytes.unpack word)
  logFormat word = lookup word [("plain", Plain), ("ndjson", Ndjson)]

-- | An option with a value: its name, its placeholder and its help; what is expected,
-- how to read it, and where to put it.
setting
  :: String
  -> String
  -> String
  -> ByteString
  -> (ByteString -> Maybe a)
  -> (a -> Settings -> Settings)
  -> OptDescr (Asked -> Either ByteString Asked)
setting name placeholder explanation wanted reading put = Option "" [name] (ReqArg set placeholder) explanation
 where
  set word asked = case reading (Bytes.pack word) of
    Just value -> Right asked {settings = put value (settings asked)}
    Nothing -> Left ("argument --" <> Bytes.pack name <> ": " <> quoted (Bytes.pack word) <> " is not " <> wanted)

-- | The usage line.
usage :: ByteString
usage =
  "usage: slow-poetry-server [--port PORT] [--iface IFACE] [--delay SECONDS] [--num-bytes BYTES]\
  \ [--log plain|ndjson] POEM"

-- | The output of @--help@.
help :: ByteString
help = usage <> "\n\nServe a poem slowly over TCP." <> Bytes.pack (usageInfo "\n" options)
