{-# LANGUAGE OverloadedStrings #-}

-- |
-- The address of a poem: @[host:]port@ on a client's command line. An IPv6 address is in
-- brackets: @[::1]:10001@ (RFC 3986).
--
-- Arguments are bytes and are never decoded, so that messages show a host as it was
-- typed, in any locale.
module Poetry.Address
  ( Address (..)
  , parseAll
  , parse
  , format
  , isIPv6
  ) where

import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import Data.Char (isDigit)
import Foreign.C.String (CString)
import Foreign.C.Types (CInt (..))
import Foreign.Marshal.Alloc (allocaBytes)
import Foreign.Ptr (Ptr)
import Network.Socket (Family (AF_INET6), PortNumber, packFamily)
import System.IO.Unsafe (unsafeDupablePerformIO)

-- | A host (a name, an IPv4 address, or an IPv6 address without its brackets) and a TCP
-- port from 1 to 65535.
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
  | Just rest <- Bytes.stripPrefix "[" argument =
      case Bytes.breakSubstring "]:" rest of
        (name, end) | isIPv6 name, Just digits <- Bytes.stripPrefix "]:" end -> withPort name digits
        _ -> wrong inBrackets
  | otherwise = case Bytes.breakEnd (== ':') argument of
      ("", _) -> withPort "127.0.0.1" argument
      (hostColon, digits)
        | Bytes.null name -> wrong "the host is empty"
        | Bytes.elem ':' name -> wrong ("more than one colon; " <> inBrackets)
        | otherwise -> withPort name digits
       where
        name = Bytes.init hostColon
 where
  withPort name digits = case decimal digits of
    Just number | number >= 1 && number <= 65535 -> Right (Address name (fromInteger number))
    _ -> wrong "the port is not a number from 1 to 65535"
  inBrackets = "an IPv6 address is written in brackets, before a port, like [::1]:10001"
  wrong why = Left ("bad argument '" <> argument <> "': " <> why)

-- | Whether a text is an IPv6 address without brackets and without a zone.
isIPv6 :: ByteString -> Bool
isIPv6 text = unsafeDupablePerformIO $
  Bytes.useAsCString text $ \start -> allocaBytes 16 $ \binary -> do
    valid <- inet_pton (packFamily AF_INET6) start binary
    pure (valid == 1 && Bytes.notElem '\NUL' text)

-- A pure function in all but its type: its result depends on its arguments alone.
foreign import ccall unsafe inet_pton :: CInt -> CString -> Ptr a -> IO CInt

-- | A number of digits only: no sign and no space. Any number of digits is read
-- without overflow.
decimal :: ByteString -> Maybe Integer
decimal digits
  | Bytes.all isDigit digits = fst <$> Bytes.readInteger digits
  | otherwise = Nothing

-- | The address as progress lines show it: @host:port@, with an IPv6 address in brackets.
format :: Address -> ByteString
format (Address name number) = shown <> ":" <> Bytes.pack (show number)
 where
  shown = if Bytes.elem ':' name then "[" <> name <> "]" else name
