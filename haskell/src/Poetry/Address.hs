{-# LANGUAGE OverloadedStrings #-}

-- |
-- The address of a poem: @[host:]port@ on a client's command line.
--
-- Arguments are bytes and are never decoded, so that messages show a host as it was
-- typed, in any locale.
module Poetry.Address
  ( Address (..)
  , parseAll
  , parse
  , format
  ) where

import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import Data.Char (isDigit)
import Network.Socket (PortNumber)

-- | A host (a name or an IPv4 address) and a TCP port from 1 to 65535.
data Address = Address
  { host :: ByteString
  , port :: PortNumber
  }
  deriving (Eq, Show)

-- | The addresses of a whole command line, or what is wrong with it: the first bad
-- argument and the reason.
parseAll :: [ByteString] -> Either ByteString [Address]
parseAll [] = Left "no address given"
parseAll arguments = traverse parse arguments

-- | One @[host:]port@, or what is wrong with it. A port alone means 127.0.0.1.
parse :: ByteString -> Either ByteString Address
parse argument
  | Bytes.null name = wrong "the host is empty"
  | Bytes.elem ':' name = wrong "more than one colon"
  | Just number <- decimal digits
  , number >= 1 && number <= 65535 =
      Right (Address name (fromInteger number))
  | otherwise = wrong "the port is not a number from 1 to 65535"
 where
  (name, digits) = case Bytes.breakEnd (== ':') argument of
    ("", _) -> ("127.0.0.1", argument)
    (hostColon, rest) -> (Bytes.init hostColon, rest)
  wrong why = Left ("bad argument '" <> argument <> "': " <> why)

-- | A number of digits only: no sign and no space. Any number of digits is read
-- without overflow.
decimal :: ByteString -> Maybe Integer
decimal digits
  | Bytes.all isDigit digits = fst <$> Bytes.readInteger digits
  | otherwise = Nothing

-- | The address as progress lines show it: @host:port@.
format :: Address -> ByteString
format (Address name number) = name <> ":" <> Bytes.pack (show number)
